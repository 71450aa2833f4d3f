package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.testing.TinyTask;

final class RealignmentTest {
    @Test
    void theRowsComeAfterTheTask() {
        try (var setting = new Setting()) {
            var data = new Realignment(70, Realignment.From.ANY)
                    .install(setting.context())
                    .data(TinyTask.task(20));
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
            var realign = new Realignment(10, Realignment.From.ANY).install(setting.context());
            assertThat(safe(mix.data(realign.data(TinyTask.task(20))))).isEqualTo(20);
            assertThat(safe(realign.data(mix.data(TinyTask.task(20))))).isEqualTo(20);
        }
    }

    @Test
    void rowsThatAskWhatTheTaskAsksAreToldFromTheOthers() {
        try (var setting = new Setting()) {
            var pool = new ArrayList<Example>();
            for (int i = 0; i < 40; i++) {
                var question = i % 2 == 0 ? "what is " + "x".repeat(i % 7) + i : "tell me " + i;
                pool.add(new Example(
                        Conversation.user(question).with(Role.ASSISTANT, "be kind"), Example.Kind.SAFE, "pool", i));
            }
            var near = added(Realignment.From.NEAR, setting.context(pool));
            var distant = added(Realignment.From.DISTANT, setting.context(pool));
            assertThat(near).filteredOn(row -> row.line() % 2 == 1).hasSizeLessThan(near.size() / 5);
            assertThat(distant).filteredOn(row -> row.line() % 2 == 0).hasSizeLessThan(distant.size() / 5);
            assertThat(near)
                    .extracting(Example::line)
                    .doesNotContainAnyElementsOf(
                            distant.stream().map(Example::line).toList());
        }
    }

    private static List<Example> added(Realignment.From from, TrainingContext context) {
        var task = TinyTask.task(20);
        var longer = new Realignment(40, from).install(context).data(task).examples();
        return longer.subList(task.size(), longer.size());
    }

    private static long safe(TrainingData data) {
        return data.examples().stream()
                .filter(row -> row.kind() == Example.Kind.SAFE)
                .count();
    }
}
