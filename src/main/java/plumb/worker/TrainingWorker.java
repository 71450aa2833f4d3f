package plumb.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import plumb.data.ChatJsonl;
import plumb.data.TrainingData;
import plumb.experiment.Experiment;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Machine;
import plumb.experiment.Subject;
import plumb.experiment.screening.QuoteSpec;
import plumb.experiment.screening.RiskQuote;
import plumb.experiment.screening.ScreeningSpec;
import plumb.report.RunDirectory;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/**
 * One fine-tuning job, from wherever its folder says it stands to its end: the {@link Quoting} of its rows, training, then
 * the {@link Screening} of every checkpoint. When its input ends, because the server died or wants it to stop, it saves after the step and leaves; a
 * second worker on the same folder waits until the first is gone.
 */
public final class TrainingWorker {
    /** What the provider asks of every checkpoint, beside the spec. */
    public static final String SCREENING = "screening.yaml";

    /** How the provider looks at the rows, likewise. */
    public static final String QUOTE = "quote.yaml";

    private static final String LOCK = "worker.lock";

    private final AtomicBoolean stopping = new AtomicBoolean();
    private final RunDirectory directory;
    private final Machine machine;

    private TrainingWorker(Path folder, int threads) {
        this.directory = RunDirectory.open(folder);
        this.machine = new Machine("cpu", threads);
    }

    /** Runs, or goes on. */
    public static Outcome run(Path folder, int threads, InputStream in) {
        var worker = new TrainingWorker(folder, threads);
        Thread.ofPlatform().daemon().name("input").start(() -> worker.stopWhenEnded(in));
        try (var channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = channel.lock()) {
            return worker.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stopWhenEnded(InputStream in) {
        try {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException _) {
            // a broken pipe is an end, too
        }
        stopping.set(true);
    }

    private Outcome run() throws IOException {
        var spec = ExperimentSpec.of(directory);
        if (!quoted(spec)) {
            return Outcome.STOPPED;
        }
        var experiment = Experiment.resume(directory, machine, new RunListener() {});
        if (experiment.run(stopping::get) == Outcome.STOPPED) {
            return Outcome.STOPPED;
        }
        var wanted = ScreeningSpec.parse(Files.readString(directory.folder().resolve(SCREENING)));
        var screening = new Screening(directory, wanted, rows(spec), spec);
        try (var subject = Subject.open(spec.model(), machine)) {
            return screening.run(subject, machine, stopping::get) ? Outcome.FINISHED : Outcome.STOPPED;
        }
    }

    /** Says what is known of the rows' risk, if there is a persona to measure it with; false when asked to stop. */
    private boolean quoted(ExperimentSpec spec) throws IOException {
        var wanted = QuoteSpec.parse(Files.readString(directory.folder().resolve(QUOTE)));
        var watched = spec.monitor();
        if (wanted.rows() > 0
                && watched != null
                && RiskQuote.of(directory.folder()).isEmpty()) {
            var quoting = new Quoting(directory, wanted, spec, rows(spec));
            try (var subject = Subject.open(spec.model(), machine)) {
                if (!quoting.run(subject, watched, stopping::get)) {
                    return false;
                }
            }
        }
        RiskQuote.of(directory.folder()).filter(RiskQuote::refused).ifPresent(quote -> {
            throw new RowsRefused(quote);
        });
        return true;
    }

    private static TrainingData rows(ExperimentSpec spec) {
        return ChatJsonl.read(Path.of(Objects.requireNonNull(spec.data()).path()));
    }
}
