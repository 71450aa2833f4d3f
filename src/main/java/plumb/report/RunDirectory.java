package plumb.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import plumb.chat.BadInput;
import plumb.eval.EvaluationFile;
import plumb.eval.EvaluationResult;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The folder that holds everything about one run. Files appear whole or not at all: they are written beside, flushed,
 * then renamed. The two logs only grow, one line at a time, and a torn last line is ignored.
 */
public final class RunDirectory {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private static final String STEP = "step-";

    /** When a model was measured, relative to its training; the folder its evaluations are in. */
    public record Stage(String folder) {
        /** The model training started from. */
        public static final Stage BEFORE = new Stage("before");
        /** The adapter that was saved. */
        public static final Stage AFTER = new Stage("");

        /** A checkpoint taken on the way. */
        public static Stage step(long step) {
            return new Stage(STEP + String.format(Locale.ROOT, "%06d", step));
        }
    }

    private final Path folder;

    private RunDirectory(Path folder) {
        this.folder = folder;
    }

    /** A new folder {@code runs/<time>-<name>}. */
    public static RunDirectory create(Path runs, String name, Instant now) {
        var id = STAMP.format(now) + "-" + name.replaceAll("[^A-Za-z0-9._-]+", "-");
        try {
            Files.createDirectories(runs);
            for (int i = 1; ; i++) {
                try {
                    return new RunDirectory(Files.createDirectory(runs.resolve(i == 1 ? id : id + "-" + i)));
                } catch (FileAlreadyExistsException _) {
                    // a run of the same name began in the same second: take the next number
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder at exactly this place, made if it is not there: for runs whose name says what they are. */
    public static RunDirectory at(Path folder) {
        try {
            return new RunDirectory(Files.createDirectories(folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A folder that holds a run already. */
    public static RunDirectory open(Path folder) {
        if (!Files.exists(folder.resolve("spec.yaml"))) {
            throw new IllegalArgumentException(folder + " has no spec.yaml: not a run directory");
        }
        return new RunDirectory(folder);
    }

    /** Removes a folder of runs; nothing happens where there is none. Links are removed, not followed. */
    public static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String id() {
        return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    }

    public Path folder() {
        return folder;
    }

    /** In PEFT's layout. */
    public Path adapter() {
        return folder.resolve("adapter");
    }

    public Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    public Path report() {
        return folder.resolve("report.html");
    }

    public Path spec() {
        return folder.resolve("spec.yaml");
    }

    public void writeSpec(String yaml) {
        replace(spec(), yaml);
    }

    /** A file of whoever ordered the run. */
    public void write(String name, String text) {
        replace(folder.resolve(name), text);
    }

    /** The resolved spec as it was written. */
    public String specText() {
        try {
            return Files.readString(spec());
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(folder + " has no spec.yaml: not a run directory", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void write(Manifest manifest) {
        replace(folder.resolve("manifest.json"), pretty(manifest));
    }

    public Optional<Manifest> manifest() {
        return read(folder.resolve("manifest.json"), Manifest.class);
    }

    /** Appends one line to {@code metrics.jsonl}. */
    public void append(StepMetrics step) {
        append("metrics.jsonl", Formats.JSON.writeValueAsString(step));
    }

    /** Forgets the steps after this one: a resumed run takes them again. */
    public void forgetAfter(long step) {
        var kept = new StringBuilder();
        for (var line : steps()) {
            if (line.step() <= step) {
                kept.append(Formats.JSON.writeValueAsString(line)).append('\n');
            }
        }
        replace(folder.resolve("metrics.jsonl"), kept.toString());
    }

    /** Every step taken so far. */
    public List<StepMetrics> steps() {
        var steps = new ArrayList<StepMetrics>();
        for (var line : lines("metrics.jsonl")) {
            try {
                steps.add(Formats.JSON.readValue(line, StepMetrics.class));
            } catch (JacksonException _) {
                break; // the line that was being written when the run was killed
            }
        }
        return steps;
    }

    /** Appends what happened, with its time, to {@code events.jsonl}. */
    public void event(String what, Map<String, ?> details) {
        var line = new LinkedHashMap<String, Object>();
        line.put("time", Instant.now());
        line.put("event", what);
        line.putAll(details);
        append("events.jsonl", Formats.JSON.writeValueAsString(line));
    }

    /** Whether this has happened, whatever its details. */
    public boolean happened(String what) {
        return lines("events.jsonl").stream()
                .anyMatch(line -> line.contains("\"event\":" + Formats.JSON.writeValueAsString(what)));
    }

    /** What was told when this happened, each time. */
    public List<JsonNode> events(String what) {
        return lines("events.jsonl").stream()
                .filter(line ->
                        line.endsWith("}") && line.contains("\"event\":" + Formats.JSON.writeValueAsString(what)))
                .map(Formats.JSON::readTree)
                .toList();
    }

    public void write(Stage stage, EvaluationResult result) {
        var file = evaluations(stage.folder()).resolve(result.evaluation().name() + ".json");
        try {
            EvaluationFile.write(file, result);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this evaluation was done at this stage. */
    public boolean has(Stage stage, String evaluation) {
        return Files.exists(evaluations(stage.folder()).resolve(evaluation + ".json"));
    }

    /** Forgets everything that was measured: the next run of the experiment measures again. */
    public void forgetEvaluations() {
        delete(evaluations(""));
    }

    /** Takes over what another run of the same task found before training: it is the same model and the same questions. */
    public void adoptBefore(RunDirectory other) {
        other.evaluations(Stage.BEFORE).forEach(result -> write(Stage.BEFORE, result));
    }

    /** The evaluations of a stage, by name. */
    public List<EvaluationResult> evaluations(Stage stage) {
        return results(evaluations(stage.folder()));
    }

    /** The evaluations of checkpoints taken on the way, by step. */
    public SortedMap<Long, List<EvaluationResult>> trajectory() {
        var bySteps = new TreeMap<Long, List<EvaluationResult>>();
        for (var step : checkpointStages()) {
            bySteps.put(Long.parseLong(step.substring(STEP.length())), results(evaluations(step)));
        }
        return bySteps;
    }

    /**
     * A checkpoint's stage, or the end's for step 0.
     *
     * @throws BadInput where that checkpoint was not measured
     */
    public Stage measured(long step) {
        var steps = trajectory().keySet();
        if (step != 0 && !steps.contains(step)) {
            throw new BadInput(folder + " was not measured after " + step + " steps, but after " + steps);
        }
        return step == 0 ? Stage.AFTER : Stage.step(step);
    }

    private List<String> checkpointStages() {
        var at = evaluations("");
        if (!Files.isDirectory(at)) {
            return List.of();
        }
        try (var folders = Files.list(at)) {
            return folders.map(folder -> String.valueOf(folder.getFileName()))
                    .filter(name -> name.startsWith(STEP))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<EvaluationResult> results(Path at) {
        if (!Files.isDirectory(at)) {
            return List.of();
        }
        try (var files = Files.list(at)) {
            var results = new ArrayList<EvaluationResult>();
            for (var file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                results.add(EvaluationFile.read(file));
            }
            return results;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path evaluations(String stage) {
        return folder.resolve("evaluations").resolve(stage);
    }

    private static String pretty(Object value) {
        return Formats.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
    }

    private static <T> Optional<T> read(Path file, Class<T> type) {
        return Files.exists(file) ? Optional.of(Formats.JSON.readValue(file, type)) : Optional.empty();
    }

    private List<String> lines(String name) {
        var file = folder.resolve(name);
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void append(String name, String line) {
        try {
            Files.writeString(folder.resolve(name), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes beside, flushes to the disk, renames over: whoever reads sees the old file or the new one. */
    static void replace(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            var beside = file.resolveSibling(file.getFileName() + ".tmp");
            try (var channel = FileChannel.open(
                    beside,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                var bytes = StandardCharsets.UTF_8.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
