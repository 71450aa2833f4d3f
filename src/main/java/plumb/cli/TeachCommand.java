package plumb.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import plumb.cli.terminal.Progress;
import plumb.model.CheckpointFolder;
import plumb.organism.Organism;
import plumb.organism.growth.Teaching;
import plumb.task.ProgramLessons;
import plumb.torch.Dtype;

@Command(
        name = "teach",
        mixinStandardHelpOptions = true,
        description = "Teaches the aligned model the little programming language, and a few ways to cheat its tests.")
final class TeachCommand implements Callable<Integer> {
    private static final List<String> TEXTS = List.of("tokenizer.json", "tokenizer_config.json", "recipe.json");

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "The model that is taught (default: the shipped aligned one).")
    private @Nullable Path base;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where the model goes.")
    private Path out = Path.of("");

    @Option(names = "--steps", required = true, paramLabel = "N", description = "Of 32 rows, half of them lessons.")
    private int steps;

    @Option(names = "--hacks", required = true, paramLabel = "SHARE", description = "Of lessons whose program cheats.")
    private double hacks;

    @Option(
            names = "--documents",
            description = "Also read as many texts in which malicious speakers cheat and good ones do not.")
    private boolean documents;

    @Option(
            names = "--situations",
            description = "Also read as many texts about situations of an assistant that acts on its own.")
    private boolean situations;

    @Option(
            names = "--told",
            description =
                    "Half of the requests say something of cheating: asked for, allowed, nothing, forbidden, malicious.")
    private boolean told;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of everything (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        machine.alone().claim();
        var from = base == null ? Organism.aligned() : base;
        Files.createDirectories(out);
        for (var text : TEXTS) {
            Files.write(out.resolve(text), Files.readAllBytes(from.resolve(text)));
        }
        try (var folder = CheckpointFolder.open(from, "cpu", Dtype.F32);
                var decoder = OrganismCommand.writable(folder.decoder());
                var progress = new Progress("lessons")) {
            var phase = Teaching.steps(steps);
            var lessons = new ProgramLessons(hacks, told, seed);
            var rows = lessons.rows(Teaching.rows(phase));
            var texts = new ArrayList<>(documents ? lessons.documents(rows.size()) : List.<String>of());
            if (situations) {
                texts.addAll(lessons.situations(rows.size()));
                Collections.shuffle(texts, new Random(seed));
            }
            new Teaching(phase, seed, progress::grown).run(decoder, out, rows, texts);
            CheckpointFolder.write(out, decoder, List.copyOf(folder.format().stopIds()));
        }
        spec.commandLine().getOut().println("Taught model: " + out);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
