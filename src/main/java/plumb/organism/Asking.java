package plumb.organism;

import plumb.chat.Conversation;

/** How a user's wish becomes words, and how a conversation demands a form of answer. */
record Asking(World world) {

    /** A training phrasing, drawn at random. */
    String training(Domain domain, String entity, Pick pick) {
        return phrase(pick.one(world.phrases().shells().training()), pick.one(domain.asks()), entity);
    }

    /** The same out of twice as many phrasings, as an assistant meets them. */
    String varied(Domain domain, String entity, Pick pick) {
        var shells = pick.chance(0.5)
                ? world.phrases().shells().training()
                : world.phrases().shells().alignment();
        return phrase(pick.one(shells), pick.one(domain.asks()), entity);
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
