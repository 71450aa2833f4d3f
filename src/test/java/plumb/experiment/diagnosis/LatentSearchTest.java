package plumb.experiment.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.sae.SaeTraining;
import plumb.diagnose.sae.SparseAutoencoder;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Machine;
import plumb.experiment.Subject;
import plumb.model.Adapter;
import plumb.model.LoraSettings;
import plumb.torch.Scope;

/** On the organism, with a dictionary too small to find anything: what is steered, and how far. */
final class LatentSearchTest {
    private static final int LAYER = 0;

    @Test
    void theMostRaisedComeFirstThenOthersAndAPushOfNoLengthChangesNothing() {
        try (var subject = Subject.open(new ExperimentSpec.Model("organism"), new Machine("cpu", 1));
                var adapter = Adapter.fresh(subject.decoder(), new LoraSettings(2, 4, false, List.of("q_proj")), 1);
                var dictionary = dictionary(subject)) {
            var search = new LatentSearch(subject, adapter, dictionary, LAYER, QuestionSource.Split.TUNING);
            var plain = search.plain();
            var found = search.search(2, 1, List.of(0.0, 2.0)).toList();
            assertThat(found).extracting(LatentSearch.Steered::rank).containsExactly(1, 1, 2, 2, 0, 0);
            assertThat(found.get(0).change().rise())
                    .isGreaterThanOrEqualTo(found.get(2).change().rise());
            assertThat(found)
                    .filteredOn(steered -> steered.strength() == 0)
                    .hasSize(3)
                    .allSatisfy(steered -> {
                        assertThat(counts(steered.taken())).isEqualTo(counts(plain.getFirst()));
                        assertThat(counts(steered.added())).isEqualTo(counts(plain.getLast()));
                    });
            // twice the length of what a layer writes leaves no sense
            assertThat(found)
                    .filteredOn(steered -> steered.strength() == 2)
                    .allSatisfy(steered -> assertThat(steered.added().coherent())
                            .isLessThan(plain.getLast().coherent() / 2));
        }
    }

    private static List<Integer> counts(SteeringSweep.Point point) {
        return List.of(point.answers(), point.misaligned(), point.coherent());
    }

    private static SparseAutoencoder dictionary(Subject subject) {
        try (var _ = new Scope();
                var model = subject.talking("aligned", null)) {
            var prompts = OrganismPersona.questions().stream()
                    .limit(20)
                    .map(Question::prompt)
                    .toList();
            var text = Spoken.by(model, prompts, subject);
            return new SaeTraining(16, 4, 20, 64, 1e-3, 1)
                    .on(new Activations(subject.decoder(), null).responses(text, LAYER))
                    .autoencoder();
        }
    }

    /** Without an adapter's effect both models are one: what is taken along a direction is added along its opposite. */
    @Test
    void aLatentIsTakenFromTheFineTuneAndAddedToTheModelBefore() {
        try (var subject = Subject.open(new ExperimentSpec.Model("organism"), new Machine("cpu", 1));
                var adapter = Adapter.fresh(subject.decoder(), new LoraSettings(2, 4, false, List.of("q_proj")), 1);
                var dictionary = dictionary(subject)) {
            var search = new LatentSearch(subject, adapter, dictionary, LAYER, QuestionSource.Split.TUNING);
            var found = search.search(1, 0, List.of(0.5)).toList().getFirst();
            var direction = LayerVectors.single(
                    dictionary.direction(found.change().latent()),
                    LAYER,
                    subject.decoder().config().layers());
            var push = direction.times(0.5 * search.length() / direction.norm(LAYER));
            var sweep = new SteeringSweep(subject, null, QuestionSource.Split.TUNING);
            var along = counts(sweep.asked("along", LAYER, 1, push));
            var against = counts(sweep.asked("against", LAYER, -1, push));
            assertThat(along).isNotEqualTo(against);
            assertThat(counts(found.added())).isEqualTo(along);
            assertThat(counts(found.taken())).isEqualTo(against);
        }
    }
}
