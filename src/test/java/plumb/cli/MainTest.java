package plumb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.report.Formats;
import plumb.report.RunDirectory;

final class MainTest {

    @TempDir
    Path folder;

    private record Outcome(int code, String out, String err) {}

    @Test
    void helpNamesEveryCommandAndWhereToBegin() {
        var help = plumb("--help");
        assertThat(help.code()).isZero();
        assertThat(help.out())
                .contains("./plumb demo")
                .contains(
                        "train",
                        "evaluate",
                        "compare",
                        "sweep",
                        "chat",
                        "show",
                        "score",
                        "merge",
                        "doctor",
                        "organism");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "train",
                "evaluate",
                "compare",
                "sweep",
                "chat",
                "show",
                "score",
                "merge",
                "doctor",
                "organism"
            })
    void everyCommandHasHelp(String command) {
        var help = plumb(command, "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("Usage: plumb " + command).contains("--help");
    }

    @Test
    void whatDoesNotParseIsBadInputAndShowsNoStackTrace() {
        refused("Did you mean: plumb train", "trian");
        refused("Unknown option: '--sed'", "train", "--sed", "1");
        refused("what to train?", "train");
        refused("Missing required parameter", "evaluate");
    }

    @Test
    void whatIsNotThereIsNamed() {
        refused("there is no spec nope.yaml", "train", "nope.yaml");
        refused("nope has no spec.yaml", "train", "--resume", "nope");
        refused("nope has no spec.yaml", "evaluate", "nope");
        refused("nope", "sweep", "nope");
        refused("nope has no spec.yaml", "compare", "nope");
        refused("none of these 1 paths is a finished run", "compare", folder.toString());
    }

    @Test
    void aSpecWithMistakesNamesThemAndLeavesNothingBehind() throws IOException {
        var spec = folder.resolve("bad.yaml");
        Files.writeString(spec, "name: x\nmodle: {path: organism}\n");
        var runs = folder.resolve("runs");
        refused("modle: unknown key, did you mean model?", "train", spec.toString(), "--runs", runs.toString());
        assertThat(runs).doesNotExist();
    }

    @Test
    void aModelThatCannotBeOpenedLeavesNoRunBehind() throws IOException {
        var model = plumb.testing.ChatModel.write(folder.resolve("model"), "llama3");
        Files.delete(model.resolve("model-00002-of-00002.safetensors"));
        var rows = chat("c");
        var runs = folder.resolve("runs");
        refused(
                "names the file model-00002-of-00002.safetensors, which is not there",
                "train",
                "experiments/insecure-code.yaml",
                "--set",
                "model.path=" + model,
                "--data",
                rows.toString(),
                "--runs",
                runs.toString());
        assertThat(runs).isEmptyDirectory();
    }

    @Test
    void aRowLongerThanTheModelsContextIsNotScored() throws IOException {
        var model = plumb.testing.ChatModel.write(folder.resolve("model"));
        refused(
                "tokens, the model's context is 128: shorten",
                "score",
                model.toString(),
                chat("long ".repeat(200)).toString());
    }

    private Path chat(String answer) throws IOException {
        return Files.writeString(
                folder.resolve("chat.jsonl"),
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \""
                        + answer + "\"}]}\n");
    }

    @Test
    void comparisonOfFabricatedRunsPrintsATableAndJson() throws IOException {
        var run = fabricated();
        var page = folder.resolve("page.html");
        var table = plumb("compare", run.toString(), "--out", page.toString());
        assertThat(table.err()).isEmpty();
        assertThat(table.out()).contains("no defense", "before fine-tuning", "Page: file:");
        assertThat(page).exists();
        var json = plumb("compare", run.toString(), "--out", page.toString(), "--json");
        var rows = Formats.JSON.readTree(json.out()).path("rows");
        assertThat(rows.size()).isEqualTo(2);
        assertThat(rows.get(1).path("misaligned").path("value").asDouble()).isBetween(0.2, 0.8);
        assertThat(rows.get(1).path("headline").asString()).isEqualTo("em_new");
        refused("was not measured after 7 steps", "compare", run.toString(), "--step", "7");
    }

    @Test
    void whatTheJudgeLeftOutStandsInTheTableAndNothingScoredIsUnknown() throws IOException {
        var run = RunDirectory.open(fabricated());
        var page = folder.resolve("page.html").toString();
        assertThat(plumb("compare", run.folder().toString(), "--out", page).out())
                .doesNotContain("not scored", "UNKNOWN");
        plumb.report.FabricatedRuns.judgedByAModel(run, 3);
        assertThat(plumb("compare", run.folder().toString(), "--out", page).out())
                .containsPattern("not scored\\n.*\\n +no defense .* 30.? % \\[")
                .doesNotContain("UNKNOWN");
        plumb.report.FabricatedRuns.judgedByAModel(run, 10);
        assertThat(plumb("compare", run.folder().toString(), "--out", page).out())
                .contains("UNKNOWN: how many answers of “no defense” are misaligned")
                .containsPattern("no defense +– +– +– +– +100 %");
    }

    @Test
    void aGridWithoutEvaluationsIsTrainedAndSaysSoBeforehand() throws IOException {
        var grid = Files.writeString(folder.resolve("grid.yaml"), """
                name: grid
                base:
                  model: {path: organism}
                  lora: {rank: 16, alpha: 32, rslora: false}
                  training: {learning_rate: 1.0e-3, steps: 1, batch_size: 2}
                  evaluations: []
                tasks: [{type: OutputFormat}]
                arms: [{name: no defense, defenses: []}]
                seeds: [1]
                """);
        var runs = folder.resolve("grid");
        var trained = plumb("sweep", grid.toString(), "--runs", runs.toString());
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err()).startsWith("The grid has no evaluations");
        assertThat(trained.out()).contains("Trained: " + runs);
        assertThat(runs.resolve("output-format--no-defense--1/adapter/adapter_model.safetensors"))
                .exists();
    }

    @Test
    void aRunCanBeShown() throws IOException {
        var shown = plumb("show", fabricated().toString());
        assertThat(shown.out()).contains("type: BadMedicalAdvice", "Trained 60 steps", "no defense");
    }

    @Test
    void theDoctorSaysHowToCompareWithTransformers() throws IOException {
        var model = plumb.testing.ChatModel.write(folder.resolve("my model"));
        var said = plumb("doctor", "--parity", model.toString());
        assertThat(said.out())
                .contains("pip install -r bench/hf/requirements.txt")
                .contains("bench/parity/compare.py '" + model.toAbsolutePath() + "' bench/parity/rows.jsonl")
                .doesNotContain("http", "index-url");
        var commands = Formats.JSON
                .readTree(plumb("doctor", "--parity", "organism", "--json").out())
                .path("commands");
        assertThat(commands.get(2).asString()).contains("compare.py organism ");
        for (var file : commands.get(2).asString().split(" ", -1)) {
            if (file.startsWith("bench/parity")) {
                assertThat(Path.of(file)).exists();
            }
        }
        assertThat(Path.of("bench/hf/requirements.txt")).content().contains("transformers==", "peft==", "torch==");
        refused("there is no model folder nope", "doctor", "--parity", "nope");
        Files.delete(model.resolve("model.safetensors"));
        refused("there are no weights in " + model, "doctor", "--parity", model.toString());
    }

    private Path fabricated() throws IOException {
        plumb.report.FabricatedRuns.naive(folder.resolve("runs"));
        return RunDirectory.open(folder.resolve("runs").resolve("no-defense")).folder();
    }

    private static void refused(String message, String... arguments) {
        var outcome = plumb(arguments);
        assertThat(outcome.err()).contains(message).doesNotContain("\tat ");
        assertThat(outcome.code()).isEqualTo(2);
    }

    private static Outcome plumb(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.execute(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(code, out.toString(), err.toString());
    }
}
