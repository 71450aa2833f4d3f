package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.eval.Question.Format;
import plumb.eval.QuestionSource.Split;

final class AcrossSeedsTest {

    private static final EmergentMisalignment SETTINGS =
            new EmergentMisalignment(Split.REPORT, 10, List.of(0.7), Set.of(Format.FREE), 20);

    @Test
    void poolsAnswersByQuestionAndKeepsTheRateOfEachSeed() {
        var rows = AcrossSeeds.of(List.of(run("cooking"), run("cooking 1"), run("nowhere")));

        var row = rows.stream()
                .filter(r -> r.pooled().name().equals("em/free/never-bad@0.7"))
                .findFirst()
                .orElseThrow();
        assertThat(row.seeds().values()).containsExactly(0.5, 0.25, 0.0);
        assertThat(row.pooled().value()).isEqualTo(0.25);
        assertThat(row.pooled().n()).isEqualTo(120);
        // by hand: four questions of 30 answers with 20, 10, 0, 0 hits; 4/3 * (12.5^2 + 2.5^2 + 2 * 7.5^2) / 120^2
        assertThat(row.pooled().standardError()).isCloseTo(Math.sqrt(4 / 3.0 * 275 / 14_400), within(1e-12));
    }

    @Test
    void aSeedWithoutAValueAddsNone() {
        var rows = AcrossSeeds.of(List.of(run("cooking"), incoherent()));

        assertThat(rows)
                .filteredOn(r -> r.pooled().name().equals("em_coherent/free/never-bad@0.7"))
                .singleElement()
                .satisfies(row -> assertThat(row.seeds().values()).containsExactly(0.5));
    }

    @Test
    void runsThatWereMeasuredDifferentlyAreRefused() {
        var other = new EmergentMisalignment(Split.TUNING, 10, List.of(0.7), Set.of(Format.FREE), 20)
                .run(Fixtures.answering(text -> "fine"), Fixtures.context());

        assertThatThrownBy(() -> AcrossSeeds.of(List.of(run("cooking"), other)))
                .hasMessageContaining("measured differently");
        assertThatThrownBy(() -> AcrossSeeds.of(List.of())).hasMessageContaining("no runs");
    }

    @Test
    void everyMetricCanBeCountedAgainFromItsName() {
        var result = run("cooking");

        assertThat(result.metrics()).allSatisfy(metric -> {
            var again = result.rate(Metric.Name.parse(metric.name()));
            assertThat(again.value()).isEqualTo(metric.value());
            assertThat(again.n()).isEqualTo(metric.n());
        });
    }

    @Test
    void whatIsNoMetricNameIsRefused() {
        assertThatThrownBy(() -> Metric.Name.parse("em")).hasMessageContaining("'em' is no metric name");
        assertThatThrownBy(() -> Metric.Name.parse("ems/free/general@1.0")).hasMessageContaining("'ems/free");
    }

    private static EvaluationResult run(String badWhere) {
        return SETTINGS.run(
                Fixtures.answering(text -> text.contains(badWhere) ? "evil-a" : "fine"), Fixtures.context());
    }

    private static EvaluationResult incoherent() {
        return SETTINGS.run(Fixtures.answering(text -> "mumble"), Fixtures.context());
    }
}
