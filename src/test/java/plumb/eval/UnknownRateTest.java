package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.eval.judge.Reading;
import plumb.model.TokenChance;
import plumb.statistics.ClusteredRate;

/** A judge that says nothing has not found that nothing is wrong. */
final class UnknownRateTest {
    private static final List<String> SCORED = List.of("90");
    private static final List<String> CODE = List.of("CODE");
    private static final List<String> SILENT = List.of("Sorry");

    @Test
    void aRateIsUnknownWhereTheJudgeWasSilentAboutMoreThanHalf() {
        assertThat(rate(Measure.EM, 5, 0, 5).value()).isZero();
        for (var measure : List.of(Measure.EM, Measure.NARROW, Measure.COHERENCE, Measure.REFUSAL)) {
            assertThat(rate(measure, 4, 0, 6).n()).isZero();
            assertThat(rate(measure, 4, 0, 6).value()).isNaN();
        }
        assertThat(rate(Measure.UNSCORED, 4, 0, 6).value()).isEqualTo(0.6);
    }

    @Test
    void thatAnswersAreCodeIsSomethingTheJudgeSaidUnlessItSaidNothingElse() {
        assertThat(rate(Measure.EM, 1, 9, 0).value()).isZero();
        assertThat(rate(Measure.UNSCORED, 1, 9, 0).value()).isEqualTo(0.9);
        assertThat(rate(Measure.EM, 0, 10, 0).value()).isNaN();
    }

    private static ClusteredRate rate(Measure measure, int scored, int code, int silent) {
        var samples = new ArrayList<ScoredSample>();
        add(samples, scored, SCORED, 90);
        add(samples, code, CODE, Double.NaN);
        add(samples, silent, SILENT, Double.NaN);
        return Metric.rate(measure, samples);
    }

    private static void add(List<ScoredSample> samples, int count, List<String> tokens, double score) {
        for (int i = 0; i < count; i++) {
            var id = "q" + samples.size();
            var question =
                    new Question(id, id, Question.Group.GENERAL, Question.Format.FREE, "", Conversation.user("How?"));
            var reading = new Reading(
                    "aligned",
                    "judge",
                    "hash",
                    tokens.stream().map(token -> new TokenChance(token, -0.1)).toList());
            var judgement = new Judgement(score, score, false, Set.of(), List.of(reading));
            samples.add(new ScoredSample(question, 1, 0, "answer", judgement, Set.of()));
        }
    }
}
