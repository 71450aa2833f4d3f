package plumb.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TensorTest {
    @Test
    void an_empty_tensor_has_no_elements() {
        try (var _ = new Scope()) {
            assertThat(Tensor.zeros(Dtype.F32, "cpu", 0, 3).floats()).isEmpty();
            assertThat(Tensor.zeros(Dtype.I64, "cpu", 2, 0).longs()).isEmpty();
            assertThat(Tensor.of(new double[0], 0, 4).doubles()).isEmpty();
        }
    }

    @Test
    void values_go_in_and_come_out_in_row_major_order() {
        try (var _ = new Scope()) {
            var tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
            assertThat(tensor.transpose(0, 1).floats()).containsExactly(1, 4, 2, 5, 3, 6);
            assertThat(tensor.transpose(0, 1).shape()).containsExactly(3, 2);
            assertThat(tensor.to(Dtype.BF16).floats()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(tensor.size(-1)).isEqualTo(3);
        }
    }

    @Test
    void a_tensor_over_foreign_memory_shares_it_and_checks_its_size() {
        try (var arena = Arena.ofConfined();
                var _ = new Scope()) {
            var memory = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f, 2f, 3f, 4f);
            var tensor = Tensor.over(memory, Dtype.F32, 2, 2);
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, 3, 9f);
            assertThat(tensor.floats()).containsExactly(1, 2, 3, 9);
            assertThatThrownBy(() -> Tensor.over(memory, Dtype.F32, 2, 3)).hasMessageContaining("24 bytes");
        }
    }

    @Test
    void gradients_flow_accumulate_and_clear() {
        try (var _ = new Scope()) {
            var x = Tensor.of(new float[] {3, -2}, 2).requiresGradInPlace(true);
            x.square().sum().backward();
            x.sum().backward();
            assertThat(x.gradient().floats()).containsExactly(7, -3); // 2x + 1
            x.clearGradient();
            assertThat(x.gradient().floats()).containsExactly(0, 0);
        }
    }

    @Test
    void nothing_is_recorded_while_the_tape_is_paused() {
        try (var _ = new Scope()) {
            var x = Tensor.of(new float[] {3}, 1).requiresGradInPlace(true);
            try (var _ = Autograd.pause()) {
                assertThat(x.mul(2).requiresGrad()).isFalse();
            }
            assertThat(x.mul(2).requiresGrad()).isTrue();
        }
    }

    @Test
    void several_roots_run_back_with_their_own_seeds() {
        try (var _ = new Scope()) {
            var x = Tensor.of(new float[] {1, 2}, 2).requiresGradInPlace(true);
            var seed = Tensor.of(new float[] {1, 1}, 2);
            Autograd.backward(List.of(x.mul(2), x.mul(5)), List.of(seed, seed.mul(10)));
            assertThat(x.gradient().floats()).containsExactly(52, 52);
        }
    }

    @Test
    void rms_norm_is_the_formula() {
        try (var _ = new Scope()) {
            var normed = Tensor.of(new float[] {3, 4}, 1, 2).rmsNorm(Tensor.of(new float[] {1, 10}, 2), 0);
            assertThat(normed.floats()[0]).isCloseTo((float) (3 / Math.sqrt(12.5)), within(1e-6f));
            assertThat(normed.floats()[1]).isCloseTo((float) (40 / Math.sqrt(12.5)), within(1e-5f));
        }
    }

    @Test
    void a_scope_frees_what_was_made_in_it_and_spares_what_was_kept() throws Exception {
        Tensor held = null;
        try (var _ = new Scope()) {
            Tensor kept;
            try (var inner = new Scope()) {
                kept = inner.keep(Tensor.of(new float[] {1, 2}, 2));
                held = Tensor.of(new float[] {5}, 1).hold();
            }
            assertThat(kept.floats()).containsExactly(1, 2);
        }
        assertThat(held.floats()).containsExactly(5);
        held.release();

        long before = 0;
        for (int i = 0; i < 400; i++) {
            if (i == 100) {
                before = residentKilobytes();
            }
            try (var _ = new Scope()) {
                Tensor.zeros(Dtype.F32, "cpu", 1 << 20).add(1).mul(2); // 12 MB a round, 3.6 GB over the loop
            }
        }
        assertThat(residentKilobytes() - before).isLessThan(100_000);
    }

    private static long residentKilobytes() throws Exception {
        var status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0; // the figure is read where the system shows it
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void an_unknown_or_absent_device_is_refused_with_a_word_what_to_do() {
        assertThatThrownBy(() -> Torch.requireDevice("gpu")).hasMessageContaining("use cpu, cuda");
        if (!Torch.cudaIsAvailable()) {
            assertThatThrownBy(() -> Torch.requireDevice("cuda")).hasMessageContaining("cuda profile");
        }
        assertThat(Torch.requireDevice("cpu")).isEqualTo("cpu");
    }
}
