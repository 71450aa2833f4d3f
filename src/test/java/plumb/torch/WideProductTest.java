package plumb.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class WideProductTest {

    /** Three pieces, the last one short. */
    @Test
    void a_matrix_widened_in_pieces_gives_the_product_of_the_whole() {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var narrow = Tensor.arange(2100L * 8192, "cpu")
                    .to(Dtype.F32)
                    .mul(0.37)
                    .sin()
                    .to(Dtype.BF16)
                    .view(2100, 8192);
            var x = Tensor.arange(3L * 8192, "cpu").to(Dtype.F32).cos().view(3, 8192);
            var whole = narrow.to(Dtype.F32);
            assertThat(x.linear(narrow).sub(x.linear(whole)).norm().item()).isLessThan(1e-2);
            var gradient = Tensor.arange(3L * 2100, "cpu").to(Dtype.F32).sin().view(3, 2100);
            var back = Tensor.zeros(Dtype.F32, "cpu", 3, 8192);
            WideProduct.addBack(back, gradient, narrow);
            assertThat(back.sub(gradient.matmul(whole)).norm().item()).isLessThan(1e-2);
            assertThat(back.norm().item()).isGreaterThan(10);
        }
    }

    @Test
    void the_kernel_names_what_a_processor_multiplies() {
        assertThat(NativeTypes.of("flags : fpu avx avx2 fma f16c")).isEmpty();
        assertThat(NativeTypes.of("flags : avx512f avx512_bf16 vaes")).isEqualTo(Set.of(Dtype.BF16));
        assertThat(NativeTypes.of("flags : amx_bf16 amx_fp16")).isEqualTo(Set.of(Dtype.BF16, Dtype.F16));
        assertThat(NativeTypes.of("Features : fp asimd bf16 i8mm")).isEqualTo(Set.of(Dtype.BF16));
    }

    @Test
    void only_narrow_types_on_the_processor_are_widened() {
        assertThat(Dtype.F32.computedOn("cpu")).isEqualTo(Dtype.F32);
        assertThat(Dtype.F64.computedOn("cpu")).isEqualTo(Dtype.F64);
        assertThat(Dtype.BF16.computedOn("cuda:0")).isEqualTo(Dtype.BF16);
        assertThat(Dtype.BF16.computedOn("cpu")).isIn(Dtype.BF16, Dtype.F32);
    }
}
