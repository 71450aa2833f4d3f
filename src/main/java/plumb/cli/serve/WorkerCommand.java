package plumb.cli.serve;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import plumb.eval.judge.JudgeAway;
import plumb.train.Trainer.Outcome;
import plumb.worker.InferenceWorker;
import plumb.worker.RowsRefused;
import plumb.worker.TrainingWorker;

@Command(
        name = "worker",
        hidden = true,
        description = "A child process of plumb serve.",
        subcommands = {WorkerCommand.Train.class, WorkerCommand.Answer.class})
public final class WorkerCommand implements Runnable {
    /** Exit code of a job that was asked to stop, and goes on when it is started again. */
    public static final int STOPPED = 3;

    /** Exit code of a job whose judge cannot be asked now. */
    public static final int JUDGE_AWAY = 4;

    /** Exit code of a job whose rows the provider does not train on. */
    public static final int ROWS_REFUSED = 5;

    @Override
    public void run() {
        throw new IllegalArgumentException("plumb worker is started by plumb serve");
    }

    @Command(name = "train", description = "Takes one job to its end.")
    static final class Train implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "RUN")
        private Path run = Path.of("");

        @Option(names = "--threads")
        private int threads = 1;

        @Override
        public Integer call() {
            try {
                return TrainingWorker.run(run, threads, System.in) == Outcome.FINISHED ? 0 : STOPPED;
            } catch (JudgeAway e) {
                System.err.println("plumb: " + e.getMessage());
                return JUDGE_AWAY;
            } catch (RowsRefused e) {
                return ROWS_REFUSED;
            }
        }
    }

    @Command(name = "answer", description = "Answers for one base model.")
    static final class Answer implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "MODEL")
        private String model = "organism";

        @Option(names = "--threads")
        private int threads = 1;

        @Override
        public Integer call() {
            // native code may print what it likes: replies have the real output for themselves
            var replies = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
            System.setOut(System.err);
            InferenceWorker.run(model, threads, System.in, replies);
            return 0;
        }
    }
}
