package plumb.report;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A finished run as its directory tells it. Its spec stays a tree, so that a page can show runs of other versions too.
 *
 * @param id its directory's name
 * @param spec as it was resolved
 * @param text the spec as it was written
 * @param manifest what it was made of
 * @param steps the numbers of every step
 * @param before the model it started from
 * @param after the model it made
 * @param trajectory checkpoints on the way, by step, where they were measured
 */
record Run(
        String id,
        JsonNode spec,
        String text,
        Manifest manifest,
        List<StepMetrics> steps,
        Snapshot before,
        Snapshot after,
        SortedMap<Long, Snapshot> trajectory) {

    private static final double ONSET = 0.02;

    /** Reads a directory; it must hold a run whose evaluations are done. */
    static Run read(RunDirectory directory) {
        return read(directory, 0);
    }

    /** As {@link #read(RunDirectory)}, but as if it had ended after this step, a checkpoint that was measured; 0: the end. */
    static Run read(RunDirectory directory, long step) {
        directory.measured(step);
        var whole = whole(directory);
        return step == 0 ? whole : whole.until(step, Objects.requireNonNull(whole.trajectory.get(step)));
    }

    private Run until(long step, Snapshot then) {
        var passed = steps.stream().filter(one -> one.step() <= step).toList();
        return new Run(id, spec, text, manifest, passed, before, then, trajectory.headMap(step));
    }

    private static Run whole(RunDirectory directory) {
        var text = directory.specText();
        var manifest = directory
                .manifest()
                .orElseThrow(
                        () -> new IllegalArgumentException(directory.folder() + " has no manifest.json: not a run"));
        var trajectory = new TreeMap<Long, Snapshot>();
        directory.trajectory().forEach((step, results) -> trajectory.put(step, Snapshot.of(results)));
        var after = Snapshot.of(directory.evaluations(RunDirectory.Stage.AFTER));
        if (after.isEmpty()) {
            throw new IllegalArgumentException(directory.folder()
                    + " has no evaluations yet: finish it with train --resume " + directory.folder());
        }
        return new Run(
                directory.id(),
                Formats.YAML.readTree(text),
                text,
                manifest,
                directory.steps(),
                Snapshot.of(directory.evaluations(RunDirectory.Stage.BEFORE)),
                after,
                trajectory);
    }

    /** Whether anybody looked for hacks. */
    boolean mayHack() {
        return steps.stream().anyMatch(step -> step.measures().containsKey("hacked"));
    }

    /** The first step in which more than 2 % of the answers hacked successfully (arXiv 2511.18397). */
    Optional<Long> onset() {
        return steps.stream()
                .filter(step -> step.measures().getOrDefault("hacked", 0.0) > ONSET)
                .map(StepMetrics::step)
                .findFirst();
    }

    String name() {
        return spec.path("name").asString(id);
    }

    /** What was fine-tuned on: the task with its settings, or the file. */
    String task() {
        var task = spec.path("task");
        return task.isObject()
                ? words(Formats.named(task))
                : spec.path("data").path("path").asString("its own data");
    }

    boolean defended() {
        return !spec.path("defenses").isEmpty() || spec.hasNonNull("early_stopping");
    }

    /** The defenses' types in words; runs of the same kind differ in strength only. */
    String kind() {
        if (!defended()) {
            return "no defense";
        }
        if (spec.path("defenses").isEmpty()) {
            return "early stopping";
        }
        return spec.path("defenses")
                .valueStream()
                .map(defense -> words(defense.path("type").asString("?")))
                .reduce((a, b) -> a + " + " + b)
                .orElseThrow();
    }

    /** Equal for runs that differ in nothing but their name and their seed. */
    String sameButForTheSeed() {
        var copy = (ObjectNode) spec.deepCopy();
        copy.remove("name");
        if (copy.get("training") instanceof ObjectNode training) {
            training.remove("seed");
        }
        return copy.toString();
    }

    /** {@code BadMedicalAdvice} reads {@code bad medical advice}. */
    static String words(String camelCase) {
        return camelCase.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(java.util.Locale.ROOT);
    }
}
