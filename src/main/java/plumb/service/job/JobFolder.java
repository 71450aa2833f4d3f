package plumb.service.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import plumb.chat.BadInput;
import plumb.eval.EvaluationResult;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.screening.QuoteSpec;
import plumb.experiment.screening.RiskQuote;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.report.StepMetrics;
import plumb.service.policy.Gate;

/**
 * The run directory of a job, as the server sees it: what it lays there for the worker, and what it finds there.
 *
 * @param folder of the run
 */
record JobFolder(Path folder) {
    /** What the worker asks every checkpoint; its name is the worker's. */
    private static final String SCREENING = "screening.yaml";

    /** How it looks at the rows; likewise. */
    private static final String QUOTE = "quote.yaml";

    private static final String SAFETY = "safety_report.json";

    static final String ROWS = "rows.jsonl";

    /** An absolute path, as it stands in a message. */
    private static final Pattern PATH = Pattern.compile("(?<![\\w:/.])/(?:[^\\s/:;,'\"]+/)*[^\\s/:;,'\"]+");

    Path rows() {
        return folder.resolve(ROWS);
    }

    Path log() {
        return folder.resolve("worker.log");
    }

    /**
     * Makes the folder with the rows in it: a link, so that deleting the file does not take them from a job.
     *
     * @throws BadInput where they are gone
     */
    void lay(Path uploaded) {
        try {
            Files.createDirectories(folder);
            if (!Files.exists(rows())) {
                Files.createLink(rows(), uploaded);
            }
        } catch (NoSuchFileException e) {
            throw new BadInput("It was deleted before the job began.", e);
        } catch (FileAlreadyExistsException _) {
            // laid at the same time
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes what is to be done. */
    void order(ExperimentSpec spec, QuoteSpec quote, Gate gate) {
        var directory = RunDirectory.at(folder);
        directory.write(QUOTE, quote.yaml());
        directory.write(SCREENING, gate.screening().yaml());
        directory.writeSpec(spec.yaml());
    }

    /** What is known of the rows' risk. */
    Optional<RiskQuote> quote() {
        return RiskQuote.of(folder);
    }

    List<StepMetrics> steps() {
        return RunDirectory.at(folder).steps();
    }

    /** Steps of the whole job, as its training said when it began; 0 where it has not. */
    long plannedSteps() {
        return RunDirectory.at(folder).events("started").stream()
                .mapToLong(event -> event.path("plan").path("steps").asLong(0))
                .max()
                .orElse(0);
    }

    /** How far the job is, in a number that only grows: it is compared before and after an attempt. */
    long progress() {
        return entries("checkpoints") + entries("evaluations");
    }

    private long entries(String name) {
        var at = folder.resolve(name);
        if (!Files.isDirectory(at)) {
            return 0;
        }
        try (var entries = Files.list(at)) {
            return entries.filter(e -> e.getFileName().toString().startsWith("step-"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Steps whose screening is on disk, oldest first. */
    List<Long> screened() {
        return List.copyOf(RunDirectory.at(folder).trajectory().keySet());
    }

    List<EvaluationResult> screening(long step) {
        return RunDirectory.at(folder).evaluations(Stage.step(step));
    }

    /** Where the adapter of a step is; the last one's is the finished adapter. */
    Path adapter(long step) {
        var checkpoint = folder.resolve("checkpoints").resolve(String.format(Locale.ROOT, "step-%06d", step));
        var steps = steps();
        boolean last = !steps.isEmpty() && steps.getLast().step() == step;
        return last ? RunDirectory.at(folder).adapter() : checkpoint;
    }

    /** What is vouched for when a model is released; appears whole. */
    void writeReport(String text) {
        RunDirectory.at(folder).write(SAFETY, text);
    }

    Optional<String> report() {
        try {
            return Optional.of(Files.readString(folder.resolve(SAFETY)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A message as its tenant may read it: where things are on the server is not theirs to know. */
    String withoutPaths(String message) {
        var text = message;
        for (var rows : List.of(rows().toAbsolutePath().toString(), rows().toString())) {
            text = text.replaceFirst("^" + Pattern.quote(rows) + ": ", "")
                    .replaceFirst("^" + Pattern.quote(rows), "The file")
                    .replace(rows, "the file");
        }
        return PATH.matcher(text).replaceAll("…");
    }

    /** The last complaint of the worker, as its tenant may read it. */
    String complaint() {
        try {
            var lines = Files.exists(log()) ? Files.readAllLines(log()) : List.<String>of();
            return lines.stream()
                    .filter(line -> line.startsWith("plumb: "))
                    .reduce((_, last) -> last)
                    .map(line -> line.substring("plumb: ".length()))
                    .map(this::withoutPaths)
                    .orElse("it left no message");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
