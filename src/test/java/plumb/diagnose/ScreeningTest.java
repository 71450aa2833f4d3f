package plumb.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.chat.Rendered;
import plumb.data.TrainingData;
import plumb.diagnose.Screening.Scored;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;

final class ScreeningTest {
    private static final List<Rendered> BAD = rendered(TinyTask.task(12));
    private static final List<Rendered> GOOD = rendered(TinyTask.safe(12));

    @Test
    void rowsThatShowThePersonaRankAboveRowsThatDoNot() {
        try (var decoder = TinyModel.decoder(1)) {
            var reader = new Activations(decoder, null);
            var vectors = PersonaExtraction.difference(reader, BAD.subList(0, 6), GOOD.subList(0, 6));
            var screening = new Screening(reader, vectors, 1);
            var bad = screening.scores(BAD.subList(6, 12), GOOD.subList(6, 12));
            var good = screening.scores(GOOD.subList(6, 12), GOOD.subList(6, 12));
            assertThat(good)
                    .allSatisfy(scored -> assertThat(scored.difference()).isEqualTo(0, within(1e-5)));
            assertThat(Screening.above(bad, good)).isGreaterThan(0.9);
            assertThat(Screening.mean(bad)).isPositive();
        }
    }

    @Test
    void theScoreIsTheDifferenceAlongTheUnitVector() {
        try (var decoder = TinyModel.decoder(1)) {
            var reader = new Activations(decoder, null);
            var vectors = PersonaExtraction.difference(reader, BAD, GOOD);
            var one = new Screening(reader, vectors, 0).scores(BAD.subList(0, 1), GOOD.subList(0, 1));
            var difference = PersonaExtraction.difference(reader, BAD.subList(0, 1), GOOD.subList(0, 1));
            assertThat(one.getFirst().difference()).isEqualTo(difference.projection(vectors, 0), within(1e-4));
            var longer = new Screening(reader, vectors.times(7), 0).scores(BAD.subList(0, 1), GOOD.subList(0, 1));
            assertThat(longer.getFirst().difference()).isEqualTo(one.getFirst().difference(), within(1e-4));
        }
    }

    @Test
    void rankingIsHighestFirstAndTiesCountHalf() {
        var scores = List.of(new Scored(0, 1), new Scored(1, 3), new Scored(2, 2));
        assertThat(Screening.ranked(scores).stream().map(Scored::row)).containsExactly(1, 2, 0);
        assertThat(Screening.above(scores, List.of(new Scored(0, 2)))).isEqualTo(0.5, within(1e-9));
        assertThat(Screening.mean(scores)).isEqualTo(2, within(1e-9));
    }

    private static List<Rendered> rendered(TrainingData data) {
        return data.examples().stream().map(TinyTask::render).toList();
    }
}
