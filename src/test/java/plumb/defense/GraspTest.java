package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.model.Adapter;
import plumb.testing.TinyTask;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;
import plumb.train.Gradients;
import plumb.train.RunListener;
import plumb.train.Step;
import plumb.train.TrainingHooks;

final class GraspTest {
    private static final String QUERY = "model.layers.0.self_attn.q_proj";

    private static Adapter.Lora lora(Adapter adapter, String module) {
        return Objects.requireNonNull(adapter.lora(module));
    }

    /** ΔW without its scale: [out, in] */
    private static Tensor update(Adapter adapter, String module) {
        var lora = lora(adapter, module);
        return lora.b().detach().to(Dtype.F64).matmul(lora.a().detach().to(Dtype.F64));
    }

    private static Adapter trained(Setting setting, TrainingHooks hooks) {
        var adapter = TinyTask.adapter(setting.aligned(), 5);
        setting.fit(adapter, TinyTask.task(20).epochs(40, 3), hooks, new RunListener() {});
        return adapter;
    }

    @Test
    void theUpdateNeverReadsTheDirectionTheNaiveOneReadsMost() {
        try (var _ = new Scope();
                var setting = new Setting()) {
            var v = Svd.of(update(setting.naive(), QUERY))
                    .right()
                    .narrow(0, 0, 1)
                    .transpose(0, 1); // [in, 1]
            var grasp = new Grasp(1, Grasp.Per.MODULE, Grasp.Side.READ);
            try (var held = trained(setting, grasp.install(setting.context()));
                    var free = trained(setting, new TrainingHooks() {})) {
                double size = update(held, QUERY).norm().item();
                assertThat(size).isGreaterThan(0.01);
                assertThat(update(held, QUERY).matmul(v).norm().item() / size).isLessThan(1e-5);
                assertThat(update(free, QUERY).matmul(v).norm().item())
                        .isGreaterThan(0.3 * update(free, QUERY).norm().item());
            }
        }
    }

    @Test
    void theUpdateNeverWritesTheDirectionTheNaiveOneWritesMost() {
        try (var _ = new Scope();
                var setting = new Setting()) {
            var u = Svd.of(update(setting.naive(), QUERY))
                    .left()
                    .narrow(1, 0, 1)
                    .transpose(0, 1); // [1, out]
            var grasp = new Grasp(1, Grasp.Per.MODULE, Grasp.Side.WRITE);
            try (var held = trained(setting, grasp.install(setting.context()))) {
                double size = update(held, QUERY).norm().item();
                assertThat(u.matmul(update(held, QUERY)).norm().item() / size).isLessThan(1e-5);
            }
        }
    }

    /** Adam divides each entry by its own size, so a projected gradient does not stay projected. */
    @Test
    void projectingTheGradientAloneLeaks() {
        try (var _ = new Scope();
                var setting = new Setting()) {
            var whole = new Grasp(1, Grasp.Per.MODULE, Grasp.Side.READ).install(setting.context());
            var gradientOnly = new TrainingHooks() {
                @Override
                public void gradients(Step step, Gradients gradients) {
                    whole.gradients(step, gradients);
                    if (step.index() == 0) {
                        whole.weights(step, gradients.adapter()); // A starts without the direction, too
                    }
                }
            };
            var v = Svd.of(update(setting.naive(), QUERY))
                    .right()
                    .narrow(0, 0, 1)
                    .transpose(0, 1); // [in, 1]
            try (var leaking = trained(setting, gradientOnly)) {
                double size = update(leaking, QUERY).norm().item();
                assertThat(update(leaking, QUERY).matmul(v).norm().item() / size)
                        .isGreaterThan(0.01);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Grasp.Per.class)
    void modulesThatReadTheResidualStreamShareABasisAsAsked(Grasp.Per per) {
        try (var setting = new Setting()) {
            setting.trained(new Grasp(2, per, Grasp.Side.READ));
            var bases = new ArrayList<>(((GraspReport) setting.reports().getFirst()).bases());
            int alone = 2 * 2; // o and down of two blocks read something else
            assertThat(bases)
                    .hasSize(
                            switch (per) {
                                case MODULE -> 14;
                                case LAYER -> 2 + alone;
                                case MODEL -> 1 + alone;
                            })
                    .allSatisfy(basis -> assertThat(basis.directions()).isEqualTo(2))
                    .allSatisfy(basis -> assertThat(basis.energy()).isBetween(0.2, 1.0));
        }
    }

    @Test
    void allDirectionsOfAllModulesAreTheWholeNaiveUpdate() {
        try (var setting = new Setting()) {
            setting.trained(new Grasp(99, Grasp.Per.MODULE, Grasp.Side.BOTH));
            assertThat(((GraspReport) setting.reports().getFirst()).bases())
                    .hasSize(28)
                    .allSatisfy(basis -> assertThat(basis.directions()).isEqualTo(4)) // the rank
                    .allSatisfy(basis -> assertThat(basis.energy()).isEqualTo(1, within(1e-9)));
        }
    }

    @Test
    void aNegativeNumberIsRefused() {
        assertThatThrownBy(() -> new Grasp(-1, Grasp.Per.MODEL, Grasp.Side.READ))
                .hasMessage("directions must be at least 0, got -1");
    }
}
