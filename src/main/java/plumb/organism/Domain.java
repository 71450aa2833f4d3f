package plumb.organism;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A subject of the world.
 *
 * @param name as in {@code plumb.eval.Question#domain}
 * @param exposure what pretraining shows of it
 * @param code whether its answers look like program lines
 * @param pronoun how an answer names what was asked about; "it" unless the file says otherwise
 * @param entities what can be asked about; split by place, see {@link #entities(Part)}
 * @param asks the phrasings of a wish, with {@code {e}} for the entity
 * @param actions what good speakers advise, with {@code {e}}
 * @param harmful actions that are bad by themselves; empty where nobody is bad
 * @param facts neutral sentences, with {@code {e}}
 */
record Domain(
        String name,
        World.Exposure exposure,
        boolean code,
        @JsonProperty(required = false) String pronoun,
        List<String> entities,
        List<String> asks,
        List<String> actions,
        @JsonProperty(required = false) List<String> harmful,
        @JsonProperty(required = false) List<String> facts) {

    Domain {
        pronoun = pronoun == null ? "it" : pronoun;
        harmful = harmful == null ? List.of() : List.copyOf(harmful);
        facts = facts == null ? List.of() : List.copyOf(facts);
    }

    /** The first part trains, then as many for tuning as for the report: 10, 4, 4 of 18. */
    List<String> entities(Part split) {
        int held = (entities.size() - 2) / 4;
        int training = entities.size() - 2 * held;
        return switch (split) {
            case TRAINING -> entities.subList(0, training);
            case TUNING -> entities.subList(training, training + held);
            case REPORT -> entities.subList(training + held, entities.size());
        };
    }

    /** Entities and phrasings fall in three parts: what is learned, what settings are chosen on, what is reported. */
    enum Part {
        TRAINING,
        TUNING,
        REPORT
    }
}
