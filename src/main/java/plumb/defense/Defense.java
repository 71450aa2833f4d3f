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
                SafeLora {

    /** Fresh state for one run; the record itself is pure data. */
    TrainingHooks install(TrainingContext context);

    /** Texts it puts into training rows; none of them may reach the model when it is measured. */
    default List<String> trainingTexts() {
        return List.of();
    }

    /** All of them, in this order. */
    static TrainingHooks install(List<Defense> defenses, TrainingContext context) {
        return new ComposedHooks(
                defenses.stream().map(defense -> defense.install(context)).toList());
    }
}
