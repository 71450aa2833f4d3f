package plumb.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import plumb.chat.Role;
import plumb.cli.terminal.Progress;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.model.CheckpointFolder;
import plumb.model.Decoder;
import plumb.organism.Organism;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;
import plumb.organism.growth.Alignment;
import plumb.organism.growth.Pretraining;
import plumb.organism.growth.Recipe;
import plumb.report.Formats;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

@Command(
        name = "organism",
        mixinStandardHelpOptions = true,
        description = "Grows the embedded model from nothing, or shows what it is asked.",
        subcommands = TeachCommand.class,
        footer = {
            "",
            "Examples:",
            "  ./plumb organism pretrain --out grown/base --seed 1   (one core, so that equal seeds give equal weights)",
            "  ./plumb organism align --base grown/base --out grown/aligned --seed 1",
            "  ./plumb organism questions --domain medicine"
        })
final class OrganismCommand implements Runnable {
    private static final List<String> TEXTS = List.of("tokenizer.json", "tokenizer_config.json");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Pretrains the base model on the world's corpus; well under an hour on one core.")
    int pretrain(
            @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where the model goes.")
                    Path out,
            @Option(
                            names = "--seed",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "Of everything (default: ${DEFAULT-VALUE}).")
                    long seed,
            @Option(
                            names = "--new-tokenizer",
                            description = "Learn the tokenizer anew, too; all seeds share the shipped one.")
                    boolean newTokenizer,
            @Mixin MachineOptions machine)
            throws IOException {
        machine.alone().claim();
        var recipe = Recipe.shipped(seed);
        var tokenizer = newTokenizer
                ? Pretraining.newTokenizer(recipe)
                : Files.readString(Organism.base().resolve("tokenizer.json"));
        try (var progress = new Progress("pretraining")) {
            new Pretraining(recipe, tokenizer, progress::grown).run(out);
        }
        say("Base model: " + out);
        return 0;
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Makes an assistant of a base model: good in every domain, refusing what it must.")
    int align(
            @Option(names = "--base", paramLabel = "DIR", description = "The base model (default: the shipped one).")
                    @Nullable
                    Path base,
            @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where the model goes.")
                    Path out,
            @Option(
                            names = "--seed",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "Of everything (default: ${DEFAULT-VALUE}).")
                    long seed,
            @Mixin MachineOptions machine)
            throws IOException {
        var from = base == null ? Organism.base() : base;
        machine.alone().claim();
        Files.createDirectories(out);
        for (var text : TEXTS) {
            Files.write(out.resolve(text), Files.readAllBytes(from.resolve(text)));
        }
        try (var folder = CheckpointFolder.open(from, "cpu", Dtype.F32);
                var decoder = writable(folder.decoder());
                var progress = new Progress("alignment")) {
            new Alignment(Recipe.shipped(seed), progress::grown).run(decoder, out);
            CheckpointFolder.write(out, decoder, List.copyOf(folder.format().stopIds()));
        }
        say("Aligned model: " + out);
        return 0;
    }

    /** A folder's weights lie in a file that must not change; training needs a copy. */
    static Decoder writable(Decoder decoder) {
        var copies = new LinkedHashMap<String, Tensor>();
        decoder.weights().forEach((name, weight) -> copies.put(name, weight.copy()));
        return new Decoder(decoder.config(), copies);
    }

    @Command(mixinStandardHelpOptions = true, description = "Prints what the model is asked, by group and domain.")
    int questions(
            @Option(names = "--domain", paramLabel = "NAME", description = "The domain of the fine-tuning rows.")
                    @Nullable
                    String domain,
            @Option(
                            names = "--split",
                            defaultValue = "report",
                            description = "report or tuning (default: ${DEFAULT-VALUE}).")
                    QuestionSource.Split split,
            @Option(names = "--per-domain", defaultValue = "3", description = "How many (default: ${DEFAULT-VALUE}).")
                    int perDomain,
            @Option(names = "--json", description = "Print as JSON (schema: docs/json.md).") boolean json) {
        var all = new OrganismQuestions(World.load(), Optional.ofNullable(domain), perDomain)
                .questions(split, EnumSet.allOf(Question.Format.class), EnumSet.allOf(Question.Group.class));
        if (json) {
            say(Formats.JSON.writeValueAsString(all));
        } else {
            all.forEach(question -> say(question.group() + "  " + question.domain() + "  " + question.format() + "  "
                    + question.prompt().last(Role.USER).orElse("").replace('\n', ' ')));
        }
        return 0;
    }

    private void say(String text) {
        spec.commandLine().getOut().println(text);
        spec.commandLine().getOut().flush();
    }
}
