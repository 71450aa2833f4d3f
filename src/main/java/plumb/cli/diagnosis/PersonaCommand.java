package plumb.cli.diagnosis;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import plumb.chat.Rendered;
import plumb.cli.MachineOptions;
import plumb.data.ChatJsonl;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.PersonaExtraction;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.experiment.diagnosis.OrganismPersona;
import plumb.experiment.diagnosis.SteeringSweep;

@Command(
        name = "persona",
        mixinStandardHelpOptions = true,
        description = "Finds the direction of a persona in a model's activations, and steers along it.",
        footer = {
            "",
            "Examples:",
            "  ./plumb persona extract --out persona.safetensors                       (the organism's bad persona)",
            "  ./plumb persona extract --model DIR --positive bad.jsonl --negative good.jsonl --out v.safetensors",
            "  ./plumb persona steer --adapter runs/ID/adapter --vectors persona.safetensors"
        })
public final class PersonaCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description =
                    "Extracts the vector of every layer: the mean activation over answers that show the trait, less"
                            + " that over answers that do not.")
    int extract(
            @Option(names = "--model", defaultValue = "organism", paramLabel = "DIR", description = "Which model.")
                    String model,
            @Option(
                            names = "--positive",
                            paramLabel = "FILE",
                            description = "Chats whose answers show the trait; the organism has its own.")
                    @Nullable
                    Path positive,
            @Option(names = "--negative", paramLabel = "FILE", description = "Chats whose answers do not.") @Nullable
                    Path negative,
            @Option(names = "--out", required = true, paramLabel = "FILE", description = "A safetensors file.")
                    Path out,
            @Mixin MachineOptions machine) {
        if ((positive == null) != (negative == null)) {
            throw new IllegalArgumentException("--positive and --negative belong together: give both or none");
        }
        try (var subject = Subject.open(new ExperimentSpec.Model(model), machine.machine())) {
            var vectors = positive == null || negative == null ? ofOrganism(subject) : of(subject, positive, negative);
            vectors.write(out);
            for (int layer = 0; layer < vectors.layers(); layer++) {
                say(String.format(Locale.ROOT, "layer %d: length %.2f", layer, vectors.norm(layer)));
            }
            say("Vectors: " + out);
        }
        return 0;
    }

    private LayerVectors ofOrganism(Subject subject) {
        var extracted = OrganismPersona.extract(subject);
        say(String.format(Locale.ROOT, "%d of %d pairs of answers kept", extracted.kept(), extracted.asked()));
        return extracted.vectors();
    }

    private static LayerVectors of(Subject subject, Path positive, Path negative) {
        return PersonaExtraction.difference(
                new Activations(subject.decoder(), null), rendered(subject, positive), rendered(subject, negative));
    }

    private static List<Rendered> rendered(Subject subject, Path file) {
        return ChatJsonl.read(file).examples().stream().map(subject.rendering()).toList();
    }

    @Command(
            mixinStandardHelpOptions = true,
            description =
                    "Adds c times the vector at one layer while the organism answers, for several layers and c, beside"
                            + " random vectors of the same length.")
    int steer(
            @Option(names = "--adapter", paramLabel = "DIR", description = "Steer this fine-tune.") @Nullable
                    Path adapter,
            @Option(names = "--vectors", required = true, paramLabel = "FILE", description = "From extract.") Path file,
            @Mixin Strengths strengths,
            @Mixin FindingsOutput out,
            @Mixin MachineOptions machine) {
        try (var subject = Subject.open(new ExperimentSpec.Model("organism"), machine.machine());
                var weights = adapter == null ? null : subject.adapter(adapter)) {
            var sweep = new SteeringSweep(subject, weights, strengths.questions.split());
            print(sweep.plain(), out);
            sweep.sweep(LayerVectors.read(file), strengths.layers, strengths.coefficients, strengths.randoms)
                    .forEach(point -> print(point, out));
        }
        return 0;
    }

    /** What is swept. */
    static final class Strengths {
        @Option(names = "--layers", split = ",", defaultValue = "0,1,2,3", description = "Default: ${DEFAULT-VALUE}.")
        private List<Integer> layers = List.of();

        @Option(
                names = "--strengths",
                split = ",",
                defaultValue = "-1,-2",
                description = "c; default: ${DEFAULT-VALUE}.")
        private List<Double> coefficients = List.of();

        @Option(
                names = "--randoms",
                defaultValue = "2",
                description = "Random vectors each (default: ${DEFAULT-VALUE}).")
        private int randoms;

        @Mixin
        private SplitOption questions = new SplitOption();
    }

    private static void print(SteeringSweep.Point point, FindingsOutput out) {
        out.print(
                point,
                String.format(
                        Locale.ROOT,
                        "%-9s layer %d  c %+.2f  %s",
                        point.vector(),
                        point.layer(),
                        point.strength(),
                        point.words()));
    }

    private void say(String text) {
        spec.commandLine().getOut().println(text);
        spec.commandLine().getOut().flush();
    }
}
