package plumb.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.defense.Defense;
import plumb.report.Formats;
import plumb.task.Task;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A grid of experiments: every task with every arm at every seed.
 *
 * @param name of the whole
 * @param base what all cells share: an experiment spec without name, task, data, defenses and seed; its data, if it has
 *     some, are what every cell is fine-tuned on
 * @param tasks what is fine-tuned on, where the base names no data
 * @param arms how it is defended; the first of each task and seed runs first
 * @param seeds each cell is run once a seed
 */
public record SweepSpec(String name, JsonNode base, List<Task> tasks, List<Arm> arms, List<Long> seeds) {

    /**
     * One way to defend.
     *
     * @param earlyStopping whether the run keeps the last checkpoint before misalignment begins
     * @param evaluateCheckpoints whether the arm's early-stopping curve is measured; absent is no
     * @param checkpointEvery steps between the points of that curve
     */
    public record Arm(
            String name,
            List<Defense> defenses,
            ExperimentSpec.@Nullable EarlyStopping earlyStopping,
            @Nullable Boolean evaluateCheckpoints,
            @Nullable Integer checkpointEvery) {}

    /**
     * One run of the grid.
     *
     * @param id names its directory
     * @param group runs with the same task and seed: the model before training is measured once for all of them
     */
    public record Cell(String id, String group, ExperimentSpec spec) {}

    public SweepSpec {
        tasks = List.copyOf(tasks);
        arms = List.copyOf(arms);
        seeds = List.copyOf(seeds);
        if ((tasks.isEmpty() && !base.has("data")) || arms.isEmpty() || seeds.isEmpty()) {
            throw new IllegalArgumentException(
                    "a sweep needs at least one of each: tasks (or data in its base), arms, seeds");
        }
        if (!tasks.isEmpty() && base.has("data")) {
            throw new IllegalArgumentException("a sweep has either tasks or data in its base, this one has both");
        }
    }

    /**
     * Reads a sweep and every cell of it.
     *
     * @throws BadInput naming every problem by its path
     */
    public static SweepSpec parse(String yaml, String source) {
        var sweep = SpecTree.parse(yaml, source).withDefaults("tasks: []").bind(SweepSpec.class);
        sweep.cells(source);
        return sweep;
    }

    /**
     * As {@link #parse}, from a file: paths that lead somewhere from its folder are taken from there.
     *
     * @param changes values in place of the file's, by path, e.g. {@code base.model.path}
     */
    public static SweepSpec read(Path file, Map<String, String> changes) {
        try {
            var folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("."));
            var tree = SpecTree.parse(Files.readString(file), file.toString()).with(changes);
            if (tree.root().get("base") instanceof ObjectNode base) {
                var located = new SpecTree(base, file.toString()).located(folder);
                tree.root().set("base", located.root());
            }
            return parse(Formats.YAML.writeValueAsString(tree.root()), file.toString());
        } catch (NoSuchFileException e) {
            throw new BadInput("there is no sweep " + file, e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** The sweep behind {@code plumb demo}. */
    public static SweepSpec demo() {
        return SpecTree.resource("demo.yaml").bind(SweepSpec.class);
    }

    /** The sweep behind {@code plumb doctor}. */
    public static SweepSpec doctor() {
        return SpecTree.resource("doctor.yaml").bind(SweepSpec.class);
    }

    /** Whether there will be rates to report: cells without evaluations are trained only. */
    public boolean measured() {
        return !base.path("evaluations").isEmpty();
    }

    /** Every cell, seed by seed, task by task. */
    public List<Cell> cells() {
        return cells(name);
    }

    private List<Cell> cells(String source) {
        var cells = new ArrayList<Cell>();
        for (long seed : seeds) {
            for (var subject : subjects()) {
                for (var arm : arms) {
                    cells.add(cell(subject, arm, seed, source));
                }
            }
        }
        if (cells.stream().map(Cell::id).distinct().count() < cells.size()) {
            throw new BadInput(source + ": two arms, tasks or seeds are the same; each needs a name of its own");
        }
        return cells;
    }

    /** What is fine-tuned on: every task as it stands in a spec, or nothing, where the base has data. */
    private List<Optional<Task>> subjects() {
        return tasks.isEmpty()
                ? List.of(Optional.empty())
                : tasks.stream().map(Optional::of).toList();
    }

    private Cell cell(Optional<Task> task, Arm arm, long seed, String source) {
        if (!(base.deepCopy() instanceof ObjectNode tree)) {
            throw new BadInput(
                    source + ": base must be a map, an experiment spec without name, task, defenses and seed");
        }
        tree.put("name", arm.name());
        task.ifPresent(own -> tree.set("task", Formats.YAML.valueToTree(own)));
        tree.set("defenses", Formats.YAML.valueToTree(arm).get("defenses"));
        if (arm.earlyStopping() != null) {
            tree.set("early_stopping", Formats.YAML.valueToTree(arm.earlyStopping()));
        }
        tree.put("evaluate_checkpoints", Boolean.TRUE.equals(arm.evaluateCheckpoints()));
        if (tree.get("training") instanceof ObjectNode training) {
            training.put("seed", seed);
            if (arm.checkpointEvery() != null) {
                training.put("checkpoint_every", arm.checkpointEvery());
            }
        }
        var rows = slug(
                task.map(own -> Formats.named(Formats.YAML.valueToTree(own))).orElseGet(this::dataName));
        var group = rows + "-" + seed;
        var id = rows + "--" + slug(arm.name()) + "--" + seed;
        return new Cell(
                id, group, ExperimentSpec.parse(Formats.YAML.writeValueAsString(tree), source + ", cell " + id));
    }

    /** The name of the file without its ending. */
    private String dataName() {
        return String.valueOf(
                        Path.of(base.path("data").path("path").asString("data")).getFileName())
                .replaceFirst("\\.[^.]*$", "");
    }

    private static String slug(String words) {
        return words.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9.+]+", "-")
                .replaceAll("^-|-$", "");
    }
}
