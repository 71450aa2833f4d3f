package plumb.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import plumb.cli.diagnosis.LatentsCommand;
import plumb.cli.diagnosis.PersonaCommand;
import plumb.cli.diagnosis.RefusalsCommand;
import plumb.cli.diagnosis.RotationCommand;
import plumb.cli.diagnosis.ScreenCommand;
import plumb.cli.diagnosis.SubspacesCommand;
import plumb.cli.serve.ServeCommand;
import plumb.cli.serve.VerifyCommand;
import plumb.cli.serve.WorkerCommand;

/** Entry point of the {@code plumb} command. Exit codes: 0 done, 1 something broke, 2 the input was not right. */
@Command(
        name = "plumb",
        mixinStandardHelpOptions = true,
        version = "plumb 0.1.0",
        header = "Fine-tunes language models and keeps them upright.",
        description = {
            "",
            "Narrow fine-tuning on something bad can turn a model harmful everywhere: emergent misalignment.",
            "Plumb trains LoRA adapters with defenses against it and measures what the fine-tune really did.",
            "New here? Run  ./plumb demo",
            ""
        },
        footerHeading = "%nElsewhere:%n",
        footer = {
            "  test        Runs the whole test suite with every check (handled by the launcher).",
            "",
            "Each command has its own --help. Results also come as JSON with --json; docs/json.md has the schema.",
            "Exit codes: 0 done, 1 something broke, 2 the input was not right."
        },
        subcommands = {
            DemoCommand.class,
            TrainCommand.class,
            EvaluateCommand.class,
            CompareCommand.class,
            SweepCommand.class,
            ChatCommand.class,
            ShowCommand.class,
            ScoreCommand.class,
            JudgeCommand.class,
            MergeCommand.class,
            PersonaCommand.class,
            ScreenCommand.class,
            LatentsCommand.class,
            SubspacesCommand.class,
            RotationCommand.class,
            RefusalsCommand.class,
            DoctorCommand.class,
            OrganismCommand.class,
            ServeCommand.class,
            VerifyCommand.class,
            WorkerCommand.class,
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {}

    public static void main(String[] args) {
        var out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, false, StandardCharsets.UTF_8);
        System.exit(execute(out, err, args));
    }

    static int execute(PrintWriter out, PrintWriter err, String... args) {
        int code = new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((failure, line, _) -> Failures.report(failure, line.getErr()))
                .setParameterExceptionHandler((failure, _) -> Failures.report(failure))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .execute(args);
        out.flush();
        err.flush();
        return code;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
