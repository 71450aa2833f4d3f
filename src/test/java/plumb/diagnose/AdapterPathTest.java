package plumb.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;

final class AdapterPathTest {
    /** East twice, then north, then back south, over a third direction that is never taken. */
    private final AdapterPath path = new AdapterPath(
            List.of(new float[] {1, 0, 0}, new float[] {3, 0, 0}, new float[] {3, 1, 0}, new float[] {3, 0, 0}));

    @Test
    void straightOnIsMinusOneARightAngleZeroAndTurningBackOne() {
        assertThat(path.rotation(1, 1)).isEqualTo(-1, within(1e-12));
        assertThat(path.rotation(2, 1)).isEqualTo(0, within(1e-12));
        assertThat(path.rotation(3, 1)).isEqualTo(1, within(1e-12));
        assertThat(path.rotation(2, 2)).isNaN(); // the place two after it is this one again
        assertThat(path.rotation(0, 1)).isNaN();
        assertThat(path.rotation(4, 1)).isNaN();
    }

    @Test
    void distancesAreFromThePlaceBefore() {
        assertThat(path.moved(0)).isZero();
        assertThat(path.moved(2)).isEqualTo(2, within(1e-12));
    }

    @Test
    void aPathInAPlaneIsHeldByTwoComponentsAndOneOutOfItIsNot() {
        assertThat(path.planar()).isEqualTo(1, within(1e-5));
        var outOfIt = new AdapterPath(List.of(new float[] {1, 0, 0}, new float[] {0, 1, 0}, new float[] {0, 0, 1}));
        assertThat(outOfIt.planar()).isEqualTo(8.0 / 9, within(1e-5)); // variances 1, 1 and 1/4
    }

    @Test
    void aFreshAdapterStandsAtTheStart() {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            assertThat(AdapterPath.stacked(adapter)).isNotEmpty().containsOnly(0);
        }
    }
}
