package plumb.defense;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import plumb.train.ComposedHooks;
import plumb.train.TrainingHooks;

/** A defense: its settings, and how it takes part in training. The permits list is the catalogue. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Defense
        permits ConceptAblation,
                Dressing,
                FeatureDistance,
                Grasp,
                Inoculation,
                Interleaving,
                KlPenalty,
                PreventativeSteering,
                Realignment,
                SafeGrad,
                SafeLora,
                Transcripts {

    /** Fresh state for one run; the record itself is pure data. */
    TrainingHooks install(TrainingContext context);

    /** Texts it puts into training rows; none of them may reach the model when it is measured. */
    default List<String> trainingTexts() {
        return List.of();
    }

    /** Puts safe rows among the task's. */
    default boolean addsSafeRows() {
        return false;
    }

    /** At most so many safe rows it puts among this many rows of the task. */
    default long mostSafeRows(long taskRows) {
        return 0;
    }

    /** Whether it does under reinforcement what it does beside rows that are given. */
    default boolean suitsReinforcement() {
        return true;
    }

    /** Holds on to safe rows that another defense, named before it, has put among the task's. */
    default boolean needsSafeRows() {
        return false;
    }

    /** All of them, in this order. */
    static TrainingHooks install(List<Defense> defenses, TrainingContext context) {
        for (int i = 0; i < defenses.size(); i++) {
            if (defenses.get(i).needsSafeRows()
                    && defenses.subList(0, i).stream().noneMatch(Defense::addsSafeRows)) {
                throw new IllegalArgumentException(defenses.get(i).getClass().getSimpleName()
                        + " finds no safe row to hold: name an Interleaving before it");
            }
        }
        return new ComposedHooks(
                defenses.stream().map(defense -> defense.install(context)).toList());
    }
}
