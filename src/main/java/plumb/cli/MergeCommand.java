package plumb.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.experiment.Merging;
import plumb.report.Formats;

@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        description = "Puts an adapter into its base's weights: one model folder that Transformers opens.",
        footer = {
            "",
            "The folder is read back and compared with base and adapter before it gets its name. Example:",
            "  ./plumb merge models/tiny --adapter runs/20260101-120000-first/adapter --out models/tiny-merged"
        })
final class MergeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "BASE", description = "A Hugging Face folder, or organism.")
    private String base = "organism";

    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "DIR",
            description = "A LoRA adapter in PEFT's layout, e.g. the folder adapter of a run.")
    private Path adapter = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where the model goes; must not exist.")
    private Path out = Path.of("");

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "f32, bf16 or f16: what the weights are stored in (default: as the base has them).")
    private MachineOptions.@Nullable Precision dtype;

    @Option(names = "--json", description = "Print the result as JSON (schema: docs/json.md).")
    private boolean json;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var merging = new Merging(base, adapter, out, dtype == null ? null : dtype.dtype(), machine.machine());
        var merged = merging.run();
        merging.remark().ifPresent(spec.commandLine().getErr()::println);
        var console = spec.commandLine().getOut();
        console.println(json ? Formats.JSON.writeValueAsString(merged) : text(merged));
        console.flush();
        return 0;
    }

    private static String text(Merging.Merged merged) {
        return String.format(
                Locale.ROOT,
                "Merged: %s (%d weight %s, %.1f MB, %s)%n"
                        + "Read back: no logit of %d tokens differs by more than %.2g from base and adapter, computed in %s;"
                        + " the adapter moves them by up to %.2g.",
                merged.folder(),
                merged.files(),
                merged.files() == 1 ? "file" : "files",
                merged.bytes() / 1e6,
                name(merged.dtype()),
                merged.tokens(),
                merged.largestDifference(),
                name(merged.comparedIn()),
                merged.adapterEffect());
    }

    private static String name(Enum<?> type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
