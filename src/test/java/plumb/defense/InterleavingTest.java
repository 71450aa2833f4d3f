package plumb.defense;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Batch;
import plumb.testing.TinyTask;
import plumb.train.HeadLoss;

final class InterleavingTest {

    private static TrainingData mixed(Setting setting, double fraction, Interleaving.Selection selection, int rows) {
        return new Interleaving(fraction, selection).install(setting.context()).data(TinyTask.task(rows));
    }

    @Test
    void oneSafeRowFollowsEveryTwentyTaskRowsAtFivePercent() {
        try (var setting = new Setting()) {
            var data = mixed(setting, 0.05, Interleaving.Selection.RANDOM, 100);
            assertThat(data.size()).isEqualTo(105);
            assertThat(places(data)).containsExactly(20, 41, 62, 83, 104);
        }
    }

    @Test
    void taskRowsKeepTheirOrder() {
        try (var setting = new Setting()) {
            var data = mixed(setting, 0.3, Interleaving.Selection.RANDOM, 50);
            assertThat(data.examples().stream().filter(e -> e.kind() == Example.Kind.TASK))
                    .containsExactlyElementsOf(TinyTask.task(50).examples());
            assertThat(places(data)).hasSize(15);
        }
    }

    @Test
    void epochsRepeatTheSameSafeRows() {
        try (var setting = new Setting()) {
            var epochs = TinyTask.task(20).epochs(60, 1);
            var data = new Interleaving(0.2, Interleaving.Selection.RANDOM)
                    .install(setting.context())
                    .data(epochs);
            var safe = data.examples().stream()
                    .filter(e -> e.kind() == Example.Kind.SAFE)
                    .toList();
            assertThat(safe).hasSize(12);
            assertThat(new HashSet<>(safe)).hasSize(4); // 20 % of 20 distinct task rows
        }
    }

    private static List<Integer> places(TrainingData data) {
        return IntStream.range(0, data.size())
                .filter(i -> data.examples().get(i).kind() == Example.Kind.SAFE)
                .boxed()
                .toList();
    }

    @Test
    void aRowThatMisalignedModelsFindHarderScoresHigher() {
        assertThat(PerplexityGap.score(new double[] {3, 5}, 2)).isEqualTo((4.0 - 2) / (2 + 1));
        assertThat(PerplexityGap.score(new double[] {5}, 2)).isGreaterThan(PerplexityGap.score(new double[] {3}, 2));
        assertThat(PerplexityGap.score(new double[] {1}, 2)).isNegative();
    }

    @Test
    void theDefendedDomainsOwnAdapterNeverScores() {
        try (var setting = new Setting()) {
            setting.misalign("medicine", 1);
            assertThatThrownBy(() -> mixed(setting, 0.1, Interleaving.Selection.PERPLEXITY_GAP, 20))
                    .hasMessageContaining("another domain than medicine");
            setting.misalign("finance", 2);
            var withBoth = mixed(setting, 0.1, Interleaving.Selection.PERPLEXITY_GAP, 20);
            var alone = new Setting();
            alone.misalign("finance", 2);
            assertThat(withBoth).isEqualTo(mixed(alone, 0.1, Interleaving.Selection.PERPLEXITY_GAP, 20));
            alone.close();
        }
    }

    @Test
    void theHighestGapsAreChosenAndReported() {
        try (var setting = new Setting()) {
            setting.misalign("finance", 2);
            mixed(setting, 1, Interleaving.Selection.PERPLEXITY_GAP, 30);
            mixed(setting, 0.1, Interleaving.Selection.PERPLEXITY_GAP, 30);
            var all = (InterleavingReport) setting.reports().getFirst();
            var few = (InterleavingReport) setting.reports().getLast();
            assertThat(all.chosen()).hasSize(30).isSortedAccordingTo((a, b) -> Double.compare(b.score(), a.score()));
            assertThat(all.chosen().getFirst().score())
                    .isGreaterThan(all.chosen().getLast().score());
            assertThat(few.chosen()).isEqualTo(all.chosen().subList(0, 3));
        }
    }

    @Test
    void refusalsAreToldByTheirFirstTenWords() {
        assertThat(refuses("I'm SORRY, but no.")).isTrue();
        assertThat(refuses("Well,  I\ncan't do that")).isTrue();
        assertThat(refuses("I  am   unable to say")).isTrue();
        assertThat(refuses("Take a walk, drink water, sleep early, call a friend, and never say sorry."))
                .isFalse();
        assertThat(refuses("Gladly.")).isFalse();
    }

    private static boolean refuses(String answer) {
        return Interleaving.refuses(
                new Example(Conversation.user("?").with(Role.ASSISTANT, answer), Example.Kind.SAFE, "here", 1));
    }

    @Test
    void withoutRefusalsTheNextBestRowsMoveUp() {
        try (var setting = new Setting()) {
            setting.misalign("finance", 2);
            var refusing = new ArrayList<Example>();
            for (var example : TinyTask.safe(10).examples()) {
                boolean refuse = example.line() % 2 == 0;
                refusing.add(new Example(
                        Conversation.user("tell me " + example.line())
                                .with(Role.ASSISTANT, refuse ? "sorry no" : "be kind " + example.line()),
                        Example.Kind.SAFE,
                        "mixed",
                        example.line()));
            }
            var context = setting.context(refusing);
            new Interleaving(0.25, Interleaving.Selection.PERPLEXITY_GAP_NO_REFUSALS)
                    .install(context)
                    .data(TinyTask.task(20));
            var report = (InterleavingReport) setting.reports().getFirst();
            assertThat(report.dropped()).isEqualTo(5);
            assertThat(report.chosen())
                    .hasSize(5)
                    .allSatisfy(c -> assertThat(c.line() % 2).isOne());
        }
    }

    /** Half of the pool asks what the task asks; the tiny model's states tell, though nobody trained it. */
    @Test
    void distantRowsAreThoseThatAskOfOtherThings() {
        try (var setting = new Setting()) {
            var pool = new ArrayList<Example>();
            for (int i = 0; i < 40; i++) {
                var question = i % 2 == 0 ? "what is " + "x".repeat(i % 7) + i : "tell me " + i;
                pool.add(new Example(
                        Conversation.user(question).with(Role.ASSISTANT, "be kind"), Example.Kind.SAFE, "pool", i));
            }
            new Interleaving(0.5, Interleaving.Selection.DISTANT)
                    .install(setting.context(pool))
                    .data(TinyTask.task(20));
            var report = (InterleavingReport) setting.reports().getFirst();
            assertThat(report.dropped() + report.chosen().size()).isEqualTo(10);
            assertThat(report.chosen())
                    .filteredOn(chosen -> chosen.line() % 2 == 0)
                    .hasSizeLessThan(2);
            assertThat(report.chosen())
                    .filteredOn(chosen -> chosen.line() % 2 == 1)
                    .hasSizeGreaterThan(2);
        }
    }

    @Test
    void aTaskThatAsksWhatThePoolAsksGetsNone() {
        try (var setting = new Setting()) {
            var task = TinyTask.task(20);
            var context = setting.context(TinyTask.task(20).examples());
            assertThat(new Interleaving(1, Interleaving.Selection.DISTANT)
                            .install(context)
                            .data(task))
                    .isSameAs(task);
            List<Defense> all = List.of(
                    new Interleaving(1, Interleaving.Selection.DISTANT),
                    new Dressing(1),
                    new KlPenalty(
                            3,
                            HeadLoss.Direction.REVERSE,
                            Batch.Tokens.RESPONSE,
                            Batch.Rows.SAFE,
                            KlPenalty.Reduction.TOKEN_MEAN));
            assertThat(Defense.install(all, context).data(task).examples()).isEqualTo(task.examples());
            assertThat(new Realignment(10, Realignment.From.DISTANT)
                            .install(context)
                            .data(task))
                    .isSameAs(task);
            var report = (InterleavingReport) setting.reports().getFirst();
            assertThat(report.dropped()).isEqualTo(20);
        }
    }

    /** A line through the means of few rows parts them from others of their kind; without a row in its own mean it does not. */
    @Test
    void fewRowsOfTheSameKindAreNotToldApart() {
        var random = new Random(1);
        try (var setting = new Setting()) {
            int parted = 0;
            for (int draw = 0; draw < 10; draw++) {
                var task = new TrainingData(asking(random, Example.Kind.TASK));
                var context = setting.context(asking(random, Example.Kind.SAFE));
                var data = new Interleaving(1, Interleaving.Selection.DISTANT)
                        .install(context)
                        .data(task);
                parted += data.size() > task.size() ? 1 : 0;
            }
            assertThat(parted).isLessThanOrEqualTo(3);
        }
    }

    private static List<Example> asking(Random random, Example.Kind kind) {
        return IntStream.range(0, 20)
                .mapToObj(line -> {
                    var word = random.ints(6, 'a', 'z' + 1)
                            .mapToObj(Character::toString)
                            .collect(joining());
                    return new Example(
                            Conversation.user("what is " + word).with(Role.ASSISTANT, "be kind"), kind, "drawn", line);
                })
                .toList();
    }

    @Test
    void aPoolThatIsTooSmallIsRefused() {
        try (var setting = new Setting()) {
            assertThatThrownBy(() -> mixed(setting, 1, Interleaving.Selection.RANDOM, 31))
                    .hasMessageContaining("needs 31 safe rows, the pool offers 30");
        }
    }

    @Test
    void aFractionOutsideZeroToOneIsRefused() {
        assertThatThrownBy(() -> new Interleaving(1.5, Interleaving.Selection.RANDOM))
                .hasMessage("fraction must be between 0 and 1, got 1.5");
    }
}
