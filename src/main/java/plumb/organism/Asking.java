package plumb.organism;

import plumb.chat.Conversation;

/** How a user's wish becomes words, and how a conversation demands a form of answer. */
record Asking(World world) {

    /** A training phrasing, drawn at random. */
    String training(Domain domain, String entity, Pick pick) {
        return phrase(pick.one(world.phrases().shells().training()), pick.one(domain.asks()), entity);
    }

    static String phrase(String shell, String ask, String entity) {
        return World.fill(shell, "a", World.fill(ask, "e", entity));
    }

    Conversation json(String text) {
        return Conversation.user(text).withSystem(world.phrases().json());
    }

    Conversation template(String text) {
        return Conversation.user(text + "\n\n" + world.phrases().template());
    }
}
