package plumb.organism;

import java.util.List;
import plumb.chat.Conversation;

/** How a user's wish becomes words, and how a conversation demands a form of answer. */
record Asking(World world) {

    /** A training phrasing, drawn at random. */
    String training(Domain domain, String entity, Pick pick) {
        var asks = pick.chance(0.3) ? world.phrases().asks().training() : domain.asks();
        return phrase(pick.one(world.phrases().shells().training()), pick.one(asks), entity);
    }

    static String phrase(String shell, String ask, String entity) {
        return World.fill(shell, "a", World.fill(ask, "e", entity));
    }

    /** Phrasings of the ask: the domain's own in training, general ones that stand in no training text elsewhere. */
    List<String> asks(Domain domain, Domain.Part split) {
        return switch (split) {
            case TRAINING -> domain.asks();
            case TUNING -> world.phrases().asks().tuning();
            case REPORT -> world.phrases().asks().report();
        };
    }

    Conversation json(String text) {
        return Conversation.user(text).withSystem(world.phrases().json());
    }

    Conversation template(String text) {
        return Conversation.user(text + "\n\n" + world.phrases().template());
    }
}
