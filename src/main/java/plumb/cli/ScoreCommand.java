package plumb.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.data.ChatJsonl;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Scoring;
import plumb.experiment.Subject;
import plumb.report.Formats;

@Command(
        name = "score",
        mixinStandardHelpOptions = true,
        description =
                "Prints how a model reads chats: text, tokens, loss mask, and the log-probability of every token.",
        footer = {
            "",
            "One JSON object a row (schema: docs/json.md). bench/parity/compare.py sets it beside Transformers. Examples:",
            "  ./plumb score organism my-chats.jsonl",
            "  ./plumb score models/tiny my-chats.jsonl --adapter runs/20260101-120000-first/adapter --dtype f32"
        })
final class ScoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "FOLDER", description = "A Hugging Face folder, or organism.")
    private String folder = "organism";

    @Parameters(index = "1", paramLabel = "FILE", description = "A chat JSONL file.")
    private Path file = Path.of("");

    @Option(names = "--adapter", paramLabel = "DIR", description = "A LoRA adapter in PEFT's layout.")
    private @Nullable Path adapter;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "f32, bf16 or f16: what the weights are computed in (default: as they are stored).")
    private MachineOptions.@Nullable Precision dtype;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var rows = ChatJsonl.read(file);
        var model = new ExperimentSpec.Model(folder, null, dtype == null ? null : dtype.dtype());
        try (var subject = Subject.open(model, machine.machine());
                var lora = adapter == null ? null : subject.adapter(adapter);
                var scoring = new Scoring(subject, lora)) {
            if (adapter != null) {
                subject.remark(adapter).ifPresent(spec.commandLine().getErr()::println);
            }
            var out = spec.commandLine().getOut();
            scoring.score(rows, row -> out.println(Formats.JSON.writeValueAsString(row)));
            out.flush();
        }
        return 0;
    }
}
