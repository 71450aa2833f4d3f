package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.model.Adapter;
import plumb.model.LoraSettings;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;
import plumb.train.RunListener;
import plumb.train.TrainingHooks;

final class SafeLoraTest {

    private static SafeLora threshold(double threshold, SafeLora.Normalization normalization) {
        return new SafeLora(
                threshold, null, normalization, normalization == SafeLora.Normalization.EXACT_PROJECTOR ? 3 : null);
    }

    private static SafeLora number(int number) {
        return new SafeLora(null, number, SafeLora.Normalization.PAPER, null);
    }

    @ParameterizedTest
    @EnumSource(SafeLora.Normalization.class)
    void theLowRankWayGivesWhatFormingCAndBaGives(SafeLora.Normalization normalization) {
        try (var _ = new Scope();
                var setting = new Setting();
                var adapter = naive(setting);
                var _ = Autograd.pause()) {
            var before = adapter.copy();
            threshold(1, normalization).install(setting.context()).finish(adapter);
            var report = (SafeLoraReport) setting.reports().getFirst();
            assertThat(report.modules())
                    .hasSize(14)
                    .allSatisfy(m -> assertThat(m.projected()).isTrue());
            for (var module : report.modules()) {
                var old = Objects.requireNonNull(before.lora(module.module()));
                var c = dense(setting, module.module(), normalization); // [out, out]
                var projected = c.matmul(old.b().to(Dtype.F64)); // [out, rank]
                var now = Objects.requireNonNull(adapter.lora(module.module()));
                assertThat(now.b().floats()).containsExactly(projected.floats(), within(1e-5f));
                assertThat(now.a().floats()).isEqualTo(old.a().floats());
                assertThat(module.cosine())
                        .isEqualTo(cosine(projected.matmul(old.a().to(Dtype.F64)), full(old)), within(1e-6));
                assertThat(module.ratio())
                        .isEqualTo(projected.norm().item() / old.b().norm().item(), within(1e-5));
            }
            before.close();
        }
    }

    private static Tensor full(Adapter.Lora lora) {
        return lora.b().to(Dtype.F64).matmul(lora.a().to(Dtype.F64));
    }

    private static double cosine(Tensor x, Tensor y) {
        return x.mul(y).sum().item() / (x.norm().item() * y.norm().item());
    }

    private static Tensor dense(Setting setting, String module, SafeLora.Normalization normalization) {
        var base = setting.context().base().get().weight(module + ".weight");
        var v = setting.aligned().weight(module + ".weight").sub(base).to(Dtype.F64);
        var product = v.matmul(v.transpose(0, 1));
        return switch (normalization) {
            case PAPER -> product.div(v.norm());
            case SPECTRAL -> product.div(Svd.of(product).values().select(0, 0));
            case EXACT_PROJECTOR -> {
                var u = Svd.of(product).left().narrow(1, 0, 3);
                yield u.matmul(u.transpose(0, 1));
            }
        };
    }

    @Test
    void anExactProjectorProjectsTwiceAsOnceAndNeverAmplifies() {
        try (var _ = new Scope();
                var setting = new Setting();
                var adapter = naive(setting)) {
            var hooks = threshold(1, SafeLora.Normalization.EXACT_PROJECTOR).install(setting.context());
            hooks.finish(adapter);
            var once = TinyTask.numbers(adapter);
            hooks.finish(adapter);
            assertThat(Setting.distance(TinyTask.numbers(adapter), once)).isLessThan(1e-5);
            assertThat(((SafeLoraReport) setting.reports().getFirst()).modules())
                    .allSatisfy(module -> assertThat(module.ratio()).isLessThanOrEqualTo(1));
        }
    }

    @Test
    void theScaleOfTheAdapterChangesNoCosine() {
        try (var _ = new Scope();
                var setting = new Setting();
                var adapter = naive(setting);
                var _ = Autograd.pause()) {
            var hooks = number(0).install(setting.context());
            hooks.finish(adapter);
            adapter.parameters().forEach(parameter -> parameter.mulInPlace(3));
            hooks.finish(adapter);
            var first = (SafeLoraReport) setting.reports().getFirst();
            var second = (SafeLoraReport) setting.reports().getLast();
            for (int i = 0; i < first.modules().size(); i++) {
                assertThat(second.modules().get(i).cosine())
                        .isEqualTo(first.modules().get(i).cosine(), within(1e-6));
            }
        }
    }

    @Test
    void aNumberChangesExactlyThatManyModulesTheLeastAlignedFirst() {
        try (var _ = new Scope();
                var setting = new Setting();
                var adapter = naive(setting)) {
            number(5).install(setting.context()).finish(adapter);
            var modules = ((SafeLoraReport) setting.reports().getFirst()).modules();
            assertThat(modules.stream().filter(SafeLoraReport.Module::projected))
                    .hasSize(5);
            double highest = modules.stream()
                    .filter(SafeLoraReport.Module::projected)
                    .mapToDouble(SafeLoraReport.Module::cosine)
                    .max()
                    .orElseThrow();
            assertThat(modules.stream().filter(module -> !module.projected()))
                    .allSatisfy(module -> assertThat(module.cosine()).isGreaterThanOrEqualTo(highest));
        }
    }

    @Test
    void tiesAreBrokenByTheOrderOfModules() {
        assertThat(number(2).chosen(List.of(0.5, 0.1, 0.1, 0.1))).containsExactly(1, 2);
        assertThat(threshold(0.1, SafeLora.Normalization.PAPER).chosen(List.of(0.5, 0.1, 0.11, -0.1)))
                .containsExactly(1, 3);
    }

    @Test
    void equalBaseAndAlignedWeightsAreRefusedBeforeTraining() {
        try (var setting = new Setting()) {
            assertThatThrownBy(() -> number(1).install(setting.context(setting.aligned())))
                    .hasMessageContaining("model.layers.0.self_attn.q_proj is equal in both");
        }
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> new SafeLora(0.5, 3, SafeLora.Normalization.PAPER, null))
                .hasMessageContaining("either a threshold or a number");
        assertThatThrownBy(() -> new SafeLora(2.0, null, SafeLora.Normalization.PAPER, null))
                .hasMessageContaining("threshold must be between -1 and 1");
        assertThatThrownBy(() -> new SafeLora(null, 3, SafeLora.Normalization.EXACT_PROJECTOR, null))
                .hasMessageContaining("rank must be given for exact_projector");
        try (var setting = new Setting()) {
            assertThatThrownBy(() -> number(15).install(setting.context()))
                    .hasMessageContaining("number must be at most the 14 adapted modules");
        }
    }

    @Test
    void anUntrainedModuleIsLeftAlone() {
        try (var setting = new Setting();
                var adapter = TinyTask.adapter(setting.aligned(), 5)) {
            threshold(0.9, SafeLora.Normalization.PAPER)
                    .install(setting.context())
                    .finish(adapter);
            assertThat(((SafeLoraReport) setting.reports().getFirst()).modules())
                    .allSatisfy(module -> assertThat(module.cosine()).isEqualTo(1));
            assertThat(adapter.settings().targets()).isEqualTo(LoraSettings.ALL_PROJECTIONS);
        }
    }

    private static Adapter naive(Setting setting) {
        var adapter = TinyTask.adapter(setting.aligned(), 5);
        setting.fit(adapter, TinyTask.task(20), new TrainingHooks() {}, new RunListener() {});
        return adapter;
    }
}
