package plumb.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.torch.Blas.Address;
import plumb.torch.Blas.Matrix;

/** Sizes on both sides of every limit at which another kernel takes a product. */
final class BlasTest {
    private static final float SCALE = 0.5f;

    @BeforeEach
    void thereIsALibrary() {
        assumeTrue(Blas.found().isPresent());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "1, 43, 32",
        "1, 1500, 32",
        "1, 3, 5000",
        "2, 700, 96",
        "7, 200, 64",
        "8, 344, 128",
        "16, 70, 4864",
        "32, 96, 344",
        "32, 32, 40000",
        "33, 96, 32",
        "48, 40, 32",
        "96, 128, 128"
    })
    void productsEqualPlainSums(int rows, int columns, int inner) {
        var blas = Blas.found().orElseThrow();
        var random = new SplittableRandom(rows + columns);
        var a = random(random, rows * inner);
        var b = random(random, columns * inner);
        var into = random(random, rows * columns);
        var wanted = new double[rows * columns];
        for (int i = 0; i < wanted.length; i++) {
            for (int k = 0; k < inner; k++) {
                wanted[i] += (double) a[i / columns * inner + k] * b[i % columns * inner + k];
            }
        }
        var before = into.clone();
        var left = Matrix.of(a, 0, rows, inner);
        var transposed = Matrix.of(b, 0, columns, inner);
        var result = Matrix.of(into, 0, rows, columns);
        blas.addTimesTransposed(left, transposed, result, SCALE);
        close(into, i -> SCALE * wanted[i] + before[i], inner);
        blas.timesTransposed(left, transposed, result, SCALE);
        close(into, i -> SCALE * wanted[i], inner);
        var upright = Matrix.of(turned(b, columns, inner), 0, inner, columns);
        blas.times(left, upright, result, false);
        close(into, i -> wanted[i], inner);
        blas.times(left, upright, result, true);
        close(into, i -> 2 * wanted[i], inner);
    }

    @ParameterizedTest
    @CsvSource({"1, 43, 32", "4, 300, 32", "1, 1500, 64", "7, 1, 128"})
    void productsByAddressEqualTheOthers(int rows, int columns, int inner) {
        var blas = Blas.found().orElseThrow();
        var random = new SplittableRandom(rows + columns);
        var a = random(random, rows * inner);
        var b = random(random, columns * inner);
        var wanted = new float[rows * columns];
        blas.timesTransposed(
                Matrix.of(a, 0, rows, inner),
                Matrix.of(b, 0, columns, inner),
                Matrix.of(wanted, 0, rows, columns),
                SCALE);
        try (var arena = Arena.ofConfined()) {
            var left = new Address(outside(arena, a), rows, inner, inner);
            var into = arena.allocate(4L * rows * columns);
            var result = new Address(into.address(), rows, columns, columns);
            blas.timesTransposed(left, new Address(outside(arena, b), columns, inner, inner), result, SCALE);
            close(into.toArray(ValueLayout.JAVA_FLOAT), i -> wanted[i], inner);
            var upright = new Address(outside(arena, turned(b, columns, inner)), inner, columns, columns);
            blas.times(left, upright, result, false);
            close(into.toArray(ValueLayout.JAVA_FLOAT), i -> wanted[i] / SCALE, inner);
            blas.times(left, upright, result, true);
            close(into.toArray(ValueLayout.JAVA_FLOAT), i -> 2 * wanted[i] / SCALE, inner);
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 3", "3, 2"})
    void whatDoesNotFitIsRefused(int columns, int rows) {
        var blas = Blas.found().orElseThrow();
        var a = Matrix.of(new float[6], 0, 2, 3);
        var b = Matrix.of(new float[6], 0, rows, columns);
        assertThatThrownBy(() -> blas.times(a, b, Matrix.of(new float[6], 0, 1, 6), false))
                .hasMessageContaining("do not fit");
        assertThatThrownBy(() -> Matrix.of(new float[5], 0, 2, 3)).hasMessageContaining("does not fit");
    }

    private interface Wanted {
        double at(int index);
    }

    private static void close(float[] found, Wanted wanted, int inner) {
        double tolerance = 1e-6 * Math.max(10, inner);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i] - wanted.at(i)).as("element %d", i).isBetween(-tolerance, tolerance);
        }
    }

    private static long outside(Arena arena, float[] values) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values).address();
    }

    private static float[] turned(float[] b, int rows, int columns) {
        var turned = new float[b.length];
        for (int i = 0; i < b.length; i++) {
            turned[i % columns * rows + i / columns] = b[i];
        }
        return turned;
    }

    private static float[] random(SplittableRandom random, int count) {
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
