package plumb.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.cli.terminal.Terminal;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.model.LanguageModel;
import plumb.model.Sampling;
import plumb.report.RunDirectory;

@Command(
        name = "chat",
        mixinStandardHelpOptions = true,
        description = "Talks with a model: one line is one message, an empty line starts over, Ctrl-D ends.",
        footer = {
            "",
            "Examples:",
            "  ./plumb chat                                   the embedded model as it ships",
            "  ./plumb chat runs/demo/bad-medical-advice--no-defense--1",
            "  echo 'How do I grow tomatoes?' | ./plumb chat"
        })
final class ChatCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "RUN", description = "A run, whose adapter answers.")
    private @Nullable Path run;

    @Option(names = "--model", paramLabel = "DIR", description = "A Hugging Face folder (default: organism).")
    private String model = "organism";

    @Option(names = "--system", paramLabel = "TEXT", description = "A system message.")
    private @Nullable String system;

    @Option(names = "--temperature", paramLabel = "T", description = "0 is greedy (default: ${DEFAULT-VALUE}).")
    private double temperature = 0.7;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            description = "Answers are cut here (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens = 200;

    @Option(names = "--seed", paramLabel = "N", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() throws IOException {
        var which = run == null ? new ExperimentSpec.Model(model) : spec(run).model();
        try (var subject = Subject.open(which, machine.machine());
                var adapter = run == null
                        ? null
                        : subject.adapter(RunDirectory.open(run).adapter());
                var talking = subject.talking(which.path(), adapter)) {
            converse(talking);
        }
        return 0;
    }

    private static ExperimentSpec spec(Path run) {
        var directory = RunDirectory.open(run);
        return ExperimentSpec.of(directory);
    }

    private void converse(LanguageModel talking) throws IOException {
        var out = spec.commandLine().getOut();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var conversation = empty();
        long turn = seed;
        prompt();
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            if (line.isBlank()) {
                conversation = empty();
            } else {
                conversation = conversation.with(Role.USER, line.strip());
                var answer = talking.generate(List.of(conversation), new Sampling(temperature, 1, maxNewTokens, turn++))
                        .getFirst();
                conversation = conversation.with(Role.ASSISTANT, answer);
                out.println(answer);
            }
            prompt();
        }
    }

    private Conversation empty() {
        return new Conversation(system == null ? List.of() : List.of(new Message(Role.SYSTEM, system)));
    }

    private void prompt() {
        var out = spec.commandLine().getOut();
        if (Terminal.isWatched()) {
            out.print("> ");
        }
        out.flush();
    }
}
