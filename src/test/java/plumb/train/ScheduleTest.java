package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ScheduleTest {

    @ParameterizedTest
    @EnumSource(Schedule.class)
    void warmupRisesInEqualPartsAndReachesThePeakAfterIt(Schedule schedule) {
        assertThat(schedule.factor(0, 20, 4)).isZero();
        assertThat(schedule.factor(3, 20, 4)).isEqualTo(0.75, within(1e-12));
        assertThat(schedule.factor(4, 20, 4)).isEqualTo(1, within(1e-12));
    }

    @Test
    void linearAndCosineFallTowardsZeroAndMeetHalfWay() {
        assertThat(Schedule.LINEAR.factor(14, 24, 4)).isEqualTo(0.5, within(1e-12));
        assertThat(Schedule.COSINE.factor(14, 24, 4)).isEqualTo(0.5, within(1e-12));
        assertThat(Schedule.LINEAR.factor(23, 24, 4)).isEqualTo(0.05, within(1e-12));
        assertThat(Schedule.COSINE.factor(23, 24, 4)).isBetween(0.0, 0.01);
        assertThat(Schedule.CONSTANT.factor(23, 24, 4)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Schedule.class)
    void afterWarmupNoStepIsWastedAtZero(Schedule schedule) {
        for (int total = 1; total < 12; total++) {
            for (int warmup = 0; warmup < 14; warmup++) {
                for (int step = warmup; step < total; step++) {
                    assertThat(schedule.factor(step, total, warmup))
                            .isGreaterThan(0)
                            .isLessThanOrEqualTo(1);
                }
            }
        }
    }
}
