package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.model.Adapter;
import plumb.model.AdapterFolder;
import plumb.model.LoraSettings;
import plumb.testing.ChatModel;
import plumb.testing.TinyModel;
import plumb.torch.Scope;

final class ReadBackTest {
    @TempDir
    private Path folder;

    @Test
    void whatWasWrittenComputesTheSame() throws IOException {
        check((_, _) -> {}, null);
    }

    @Test
    void anotherScaleIsSeenInTheLogits() throws IOException {
        check(
                (adapter, _) -> change(adapter, "\"lora_alpha\" : 8.0", "\"lora_alpha\" : 8.5"),
                "the matrices are the same, but not what is computed with them");
    }

    @Test
    void aMatrixThatChangedIsNamed() throws IOException {
        check(
                (_, trained) -> {
                    trained.parameters().get(3).detach().addInPlace(1e-6);
                },
                "a matrix of model.layers.0.self_attn.k_proj is another");
    }

    @Test
    void modulesThatAreMissingAreSeen() throws IOException {
        check(
                (adapter, _) -> {
                    try (var subject = open();
                            var other = adapter(subject, List.of("q_proj"))) {
                        AdapterFolder.write(adapter, other, "tiny");
                    }
                },
                "it has 3 modules, trained were 21");
    }

    private interface Fault {
        void in(Path written, Adapter trained) throws IOException;
    }

    private void check(Fault fault, @Nullable String message) throws IOException {
        ChatModel.write(folder.resolve("model"));
        var written = folder.resolve("adapter");
        try (var subject = open();
                var trained = adapter(subject, LoraSettings.ALL_PROJECTIONS)) {
            AdapterFolder.write(written, trained, "tiny");
            fault.in(written, trained);
            var readBack = new ReadBack(subject, List.of(new int[] {5, 6, 7}, new int[] {9}));
            if (message == null) {
                assertThatCode(() -> readBack.requireSame(trained, written)).doesNotThrowAnyException();
            } else {
                assertThatThrownBy(() -> readBack.requireSame(trained, written))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContainingAll(written.toString(), message);
            }
        }
    }

    private Subject open() {
        return Subject.open(new ExperimentSpec.Model(folder.resolve("model").toString()), new Machine("cpu", 1));
    }

    private static Adapter adapter(Subject subject, List<String> targets) {
        try (var _ = new Scope()) {
            var adapter = Adapter.fresh(subject.decoder(), new LoraSettings(4, 8, false, targets), 1);
            adapter.parameters()
                    .forEach(p -> p.detach()
                            .addInPlace(
                                    TinyModel.normal(new SplittableRandom(2), 0.1, (int) p.size(0), (int) p.size(1)),
                                    1));
            return adapter;
        }
    }

    private static void change(Path adapter, String text, String instead) throws IOException {
        var config = adapter.resolve("adapter_config.json");
        Files.writeString(config, Files.readString(config).replace(text, instead));
    }
}
