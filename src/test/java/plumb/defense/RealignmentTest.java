package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.testing.TinyTask;

final class RealignmentTest {
    @Test
    void theRowsComeAfterTheTask() {
        try (var setting = new Setting()) {
            var data = new Realignment(70).install(setting.context()).data(TinyTask.task(20));
            assertThat(data.size()).isEqualTo(90);
            assertThat(data.examples().subList(0, 20))
                    .isEqualTo(TinyTask.task(20).examples());
            var benign = data.examples().subList(20, 90);
            assertThat(benign).allSatisfy(row -> assertThat(row.kind()).isEqualTo(Example.Kind.SAFE));
            assertThat(benign.subList(0, 30)).doesNotHaveDuplicates(); // the pool has thirty
        }
    }

    @Test
    void interleavingBeforeOrAfterItCountsTheTaskRowsAlone() {
        try (var setting = new Setting()) {
            var mix = new Interleaving(0.5, Interleaving.Selection.RANDOM).install(setting.context());
            var realign = new Realignment(10).install(setting.context());
            assertThat(safe(mix.data(realign.data(TinyTask.task(20))))).isEqualTo(20);
            assertThat(safe(realign.data(mix.data(TinyTask.task(20))))).isEqualTo(20);
        }
    }

    private static long safe(TrainingData data) {
        return data.examples().stream()
                .filter(row -> row.kind() == Example.Kind.SAFE)
                .count();
    }
}
