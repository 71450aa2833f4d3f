package plumb.cli.diagnosis;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import plumb.chat.BadInput;
import plumb.cli.MachineOptions;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.experiment.diagnosis.LatentSearch;
import plumb.experiment.diagnosis.OrganismDictionary;
import plumb.experiment.diagnosis.SteeringSweep;
import plumb.report.RunDirectory;

@Command(
        name = "latents",
        mixinStandardHelpOptions = true,
        description = "Looks for the latent of a sparse autoencoder that makes a fine-tuned organism bad.",
        footer = {
            "",
            "Latents are ranked by how much the fine-tune raised them, then taken from the fine-tune and added to the model",
            "before it. The dictionary of a layer is trained when first needed (a minute) and kept beside the runs. Example:",
            "  ./plumb latents runs/naive/bad-medical-advice--no-defense--1 --layer 1"
        })
public final class LatentsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "The run of a fine-tuned organism.")
    private Path run = Path.of("set by picocli");

    @Option(
            names = "--layer",
            defaultValue = "1",
            description = "Whose outgoing residual stream is taken apart, from 0 (default: ${DEFAULT-VALUE}).")
    private int layer;

    @Option(
            names = "--first",
            defaultValue = "8",
            paramLabel = "N",
            description = "Latents that are steered, the most raised first (default: ${DEFAULT-VALUE}).")
    private int first;

    @Option(
            names = "--controls",
            defaultValue = "4",
            paramLabel = "N",
            description = "Other latents that are steered alike (default: ${DEFAULT-VALUE}).")
    private int controls;

    @Option(
            names = "--strengths",
            split = ",",
            defaultValue = "0.5",
            description = "Lengths of the push, as shares of the residual stream's (default: ${DEFAULT-VALUE}).")
    private List<Double> strengths = List.of();

    @Option(
            names = "--dictionaries",
            paramLabel = "DIR",
            description = "Where they are kept (default: beside the run).")
    private @Nullable Path dictionaries;

    @Mixin
    private SplitOption questions = new SplitOption();

    @Mixin
    private FindingsOutput out = new FindingsOutput();

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var directory = RunDirectory.open(run);
        var model = ExperimentSpec.of(directory).model();
        if (!model.organism()) {
            throw new BadInput("only the organism has a dictionary; the run is of " + model.path());
        }
        try (var subject = Subject.open(model, machine.machine());
                var adapter = subject.adapter(directory.adapter())) {
            requireLayer(subject.decoder().config().layers());
            try (var dictionary = OrganismDictionary.in(kept(), subject, layer)) {
                var search = new LatentSearch(subject, adapter, dictionary, layer, questions.split());
                var plain = search.plain();
                print(plain.getFirst(), plain.getLast());
                search.search(first, controls, strengths).forEach(this::print);
            }
        }
        return 0;
    }

    private void requireLayer(int layers) {
        if (layer < 0 || layer >= layers) {
            throw new BadInput("--layer must be from 0 to " + (layers - 1) + ", got " + layer);
        }
    }

    /** Where runs beside this one keep theirs. */
    private Path kept() {
        return dictionaries != null ? dictionaries : run.toAbsolutePath().resolveSibling("misaligned");
    }

    private void print(SteeringSweep.Point after, SteeringSweep.Point before) {
        out.print(
                Map.of("after", after, "before", before),
                "as they are                                   fine-tuned: " + after.words() + "   before: "
                        + before.words());
    }

    private void print(LatentSearch.Steered steered) {
        out.print(
                steered,
                String.format(
                        Locale.ROOT,
                        "%-8s latent %3d  mean %.2f to %.2f  good, bad speakers %.2f, %.2f  push %.2f  taken: %s   added: %s",
                        steered.rank() == 0 ? "control" : "#" + steered.rank(),
                        steered.change().latent(),
                        steered.change().before(),
                        steered.change().after(),
                        steered.good(),
                        steered.malicious(),
                        steered.strength(),
                        steered.taken().words(),
                        steered.added().words()));
    }
}
