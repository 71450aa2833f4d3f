package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.model.Batch;
import plumb.train.HeadLoss.Direction;
import plumb.train.RunListener;

final class KlPenaltyTest {

    private static KlPenalty penalty(double weight, Direction direction, Batch.Rows rows, KlPenalty.Reduction by) {
        return new KlPenalty(weight, direction, Batch.Tokens.RESPONSE, rows, by);
    }

    /** The divergences logged at each step. */
    private static List<Double> divergences(Setting setting, Defense... defenses) {
        var logged = new ArrayList<Double>();
        setting.trained(List.of(defenses), new RunListener() {
            @Override
            public void stepped(StepNumbers numbers) {
                logged.add(numbers.losses().getOrDefault("kl", 0.0));
            }
        });
        return logged;
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void divergenceStartsAtZeroAndAPenaltyKeepsItSmall(Direction direction) {
        try (var setting = new Setting()) {
            var free = divergences(setting, penalty(0, direction, Batch.Rows.ALL, KlPenalty.Reduction.TOKEN_MEAN));
            var held = divergences(setting, penalty(5, direction, Batch.Rows.ALL, KlPenalty.Reduction.TOKEN_MEAN));
            assertThat(free.getFirst()).isEqualTo(0, within(1e-6));
            assertThat(free.getLast()).isGreaterThan(0.05);
            assertThat(held.getLast()).isLessThan(0.5 * free.getLast());
        }
    }

    @Test
    void aRowMeanIsATokenMeanTimesTheTokensOfARow() {
        try (var setting = new Setting()) {
            var byToken =
                    divergences(setting, penalty(0, Direction.REVERSE, Batch.Rows.ALL, KlPenalty.Reduction.TOKEN_MEAN));
            var byRow =
                    divergences(setting, penalty(0, Direction.REVERSE, Batch.Rows.ALL, KlPenalty.Reduction.BATCH_MEAN));
            double targets = 10; // every answer of the tiny task has ten targets
            assertThat(byRow.getLast()).isEqualTo(targets * byToken.getLast(), within(1e-4));
        }
    }

    @Test
    void onSafeRowsItHoldsThemAlone() {
        try (var setting = new Setting()) {
            var mix = new Interleaving(0.5, Interleaving.Selection.RANDOM);
            var free = divergences(
                    setting, mix, penalty(0, Direction.REVERSE, Batch.Rows.SAFE, KlPenalty.Reduction.TOKEN_MEAN));
            var held = divergences(
                    setting, mix, penalty(5, Direction.REVERSE, Batch.Rows.SAFE, KlPenalty.Reduction.TOKEN_MEAN));
            assertThat(held.getLast()).isLessThan(0.5 * free.getLast());
        }
    }

    @Test
    void withoutSafeRowsToHoldItIsRefusedBeforeTraining() {
        try (var setting = new Setting()) {
            assertThatThrownBy(() -> setting.trained(
                            penalty(1, Direction.REVERSE, Batch.Rows.SAFE, KlPenalty.Reduction.TOKEN_MEAN)))
                    .hasMessageContaining("name an Interleaving before it");
        }
    }

    @Test
    void aNegativeWeightIsRefused() {
        assertThatThrownBy(() -> penalty(-1, Direction.REVERSE, Batch.Rows.ALL, KlPenalty.Reduction.TOKEN_MEAN))
                .hasMessage("weight must be a number of at least 0, got -1.0");
    }
}
