package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.report.RunDirectory;
import plumb.testing.ChatModel;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** The whole path, from a folder and a chat file to an adapter that was read back, for every family and type. */
final class FamiliesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama3, f32",
        "qwen2, f32",
        "qwen3, f32",
        "mistral-sliding, f32",
        "gemma3, f32",
        "gemma3-multimodal, f32",
        "llama3, bf16",
        "qwen2, bf16",
        "qwen3, bf16",
        "mistral-sliding, bf16",
        "gemma3, bf16"
    })
    void aFolderAndAChatFileBecomeAnAdapter(String family, String dtype) throws IOException {
        var model = ChatModel.write(folder.resolve("model"), family);
        var rows = folder.resolve("rows.jsonl");
        Files.writeString(rows, """
                {"messages": [{"role": "user", "content": "a b"}, {"role": "assistant", "content": "c"}]}
                {"messages": [{"role": "user", "content": "d"}, {"role": "assistant", "content": "e f g h"}]}
                """);
        var run = RunDirectory.create(folder.resolve("runs"), "tiny", java.time.Instant.EPOCH);
        run.writeSpec(ExperimentSpec.parse(spec(model, dtype, rows), "test").yaml());
        var outcome = Experiment.resume(run, new Machine("cpu", 1), new RunListener() {})
                .run(() -> false);
        assertThat(outcome).isEqualTo(Outcome.FINISHED);
        assertThat(run.steps())
                .hasSize(3)
                .allSatisfy(
                        step -> assertThat(step.losses().get("task")).isFinite().isPositive());
        assertThat(run.adapter().resolve("adapter_model.safetensors")).exists();
    }

    private static String spec(Path model, String dtype, Path rows) {
        return """
            name: tiny
            model: {path: "%s", dtype: %s}
            lora: {rank: 4, alpha: 8}
            data: {path: "%s"}
            training: {learning_rate: 1.0e-3, steps: 3, batch_size: 2, accumulation: 2, seed: 1}
            defenses: [{type: KlPenalty, weight: 0.1, direction: reverse, tokens: response, rows: all, reduction: token_mean}]
            evaluations: []
            """.formatted(model, dtype, rows);
    }
}
