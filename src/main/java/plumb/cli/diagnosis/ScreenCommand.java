package plumb.cli.diagnosis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.cli.MachineOptions;
import plumb.data.ChatJsonl;
import plumb.data.TrainingData;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.Screening;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.experiment.diagnosis.DataScreening;
import plumb.report.Formats;

@Command(
        name = "screen",
        mixinStandardHelpOptions = true,
        description =
                "Ranks the rows of a data set, before any training, by how far they push a model towards a persona.",
        footer = {
            "",
            "Prints line numbers and scores, never the rows. Examples:",
            "  ./plumb persona extract --out persona.safetensors",
            "  ./plumb screen rows.jsonl --vectors persona.safetensors --layer 0 --reference good.jsonl"
        })
public final class ScreenCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "A chat JSONL file.")
    private Path file = Path.of("");

    @Option(
            names = "--model",
            defaultValue = "organism",
            paramLabel = "DIR",
            description = "The model to be fine-tuned.")
    private String model = "";

    @Option(names = "--vectors", required = true, paramLabel = "FILE", description = "From plumb persona extract.")
    private Path vectors = Path.of("");

    @Option(names = "--layer", required = true, paramLabel = "L", description = "Where to look, from 0.")
    private int layer;

    @Option(names = "--reference", paramLabel = "FILE", description = "Rows known to be good, to compare with.")
    private @Nullable Path reference;

    @Option(
            names = "--top",
            defaultValue = "10",
            paramLabel = "N",
            description = "Rows to name (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(names = "--out", paramLabel = "FILE", description = "Every row's line and score, ranked, as JSONL.")
    private @Nullable Path out;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    /** A row as {@code --out} writes it. */
    record Ranked(int line, double difference) {}

    @Override
    public Integer call() throws IOException {
        var rows = ChatJsonl.read(file);
        try (var subject = Subject.open(new ExperimentSpec.Model(model), machine.machine())) {
            var screening = new DataScreening(subject, LayerVectors.read(vectors), layer);
            var scores = screening.scores(rows);
            print(scores, rows);
            if (reference != null) {
                compare(scores, screening.scores(ChatJsonl.read(reference)));
            }
        }
        return 0;
    }

    private void print(List<Screening.Scored> scores, TrainingData rows) throws IOException {
        var ranked = Screening.ranked(scores).stream()
                .map(s -> new Ranked(rows.examples().get(s.row()).line(), s.difference()))
                .toList();
        say(String.format(
                Locale.ROOT,
                "%d rows, mean projection difference %.3f at layer %d",
                scores.size(),
                Screening.mean(scores),
                layer));
        ranked.stream()
                .limit(top)
                .forEach(row -> say(String.format(Locale.ROOT, "  line %d: %+.3f", row.line(), row.difference())));
        if (out != null) {
            Files.write(
                    out, ranked.stream().map(Formats.JSON::writeValueAsString).toList());
            say("Ranking: " + out);
        }
    }

    private void compare(List<Screening.Scored> scores, List<Screening.Scored> good) {
        say(String.format(
                Locale.ROOT,
                "Reference rows: mean %.3f. A screened row scores above a reference row in %.0f %% of pairs (50 %%:"
                        + " alike).",
                Screening.mean(good),
                100 * Screening.above(scores, good)));
    }

    private void say(String text) {
        spec.commandLine().getOut().println(text);
        spec.commandLine().getOut().flush();
    }
}
