package plumb.model.arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class ExponentialsTest {
    private final Exponentials exponentials = new Exponentials();

    @Test
    void exponentials_are_right_to_the_last_digits_and_never_leave_the_numbers() {
        var x = new float[5000];
        for (int i = 0; i < x.length; i++) {
            x[i] = (2500 - i) * 0.034f; // from 85 to −85
        }
        var e = x.clone();
        exponentials.exp(e, 0, e.length);
        for (int i = 0; i < x.length; i++) {
            assertThat(e[i] / Math.exp(x[i]) - 1).isBetween(-2e-7, 2e-7);
        }
        var far = new float[] {-1000, Float.NEGATIVE_INFINITY, Float.NaN};
        exponentials.exp(far, 0, 3);
        assertThat(far[0]).isBetween(0f, 1e-37f);
        assertThat(far[1]).isBetween(0f, 1e-37f);
        assertThat(far[2]).isNaN();
    }

    @Test
    void gates_equal_their_formulas() {
        var gate = new float[2000];
        var up = new float[2000];
        for (int i = 0; i < gate.length; i++) {
            gate[i] = (i - 1000) * 0.03f;
            up[i] = 1 + i * 0.001f;
        }
        var silu = gate.clone();
        var gelu = gate.clone();
        exponentials.silu(silu, up, 0, 700);
        exponentials.silu(silu, up, 700, 2000);
        exponentials.gelu(gelu, up, 0, 2000);
        for (int i = 0; i < gate.length; i++) {
            double x = gate[i];
            double cube = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
            assertThat(silu[i] - x / (1 + Math.exp(-x)) * up[i]).isBetween(-1e-5, 1e-5);
            assertThat(gelu[i] - 0.5 * x * (1 + Math.tanh(cube)) * up[i]).isBetween(-1e-5, 1e-5);
        }
    }

    @Test
    void gatesFarFromZeroStayNumbers() {
        var gate = new float[] {-1000, 1000};
        var silu = gate.clone();
        var gelu = gate.clone();
        exponentials.silu(silu, new float[] {1, 1}, 0, 2);
        exponentials.gelu(gelu, new float[] {1, 1}, 0, 2);
        assertThat(silu).containsExactly(new float[] {0, 1000}, within(1e-5f));
        assertThat(gelu).containsExactly(new float[] {0, 1000}, within(1e-5f));
    }

    @Test
    void everyRowOfASoftmaxIsMeasuredByItsOwnLargest() {
        var x = new float[] {1, 2, 3, 200, 201, 202, -200, -200, -300};
        for (int at = 0; at < x.length; at += 3) {
            exponentials.softmax(x, at, 3, 0, 3);
        }
        assertThat(x)
                .containsExactly(
                        new float[] {0.09003f, 0.24473f, 0.66524f, 0.09003f, 0.24473f, 0.66524f, 0.5f, 0.5f, 0},
                        within(1e-5f));
    }

    @Test
    void placesOutsideASoftmaxAreNothing() {
        var x = new float[] {7, 900, 1, 1, 900};
        exponentials.softmax(x, 1, 4, 1, 3);
        assertThat(x).containsExactly(7, 0, 0.5f, 0.5f, 0);
    }
}
