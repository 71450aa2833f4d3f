package plumb.service.job;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import plumb.chat.BadInput;
import plumb.experiment.ExperimentSpec;
import plumb.report.Formats;
import plumb.service.policy.Policy;
import plumb.service.store.JobRequest;
import plumb.service.store.JobRequest.Hyperparameters;
import tools.jackson.databind.JsonNode;

/**
 * A request turned into an experiment, under the policy: the provider's defenses first, then the tenant's.
 *
 * @param policy the provider's
 */
public record JobPlan(Policy policy) {
    /** Rows seen in all when the number of epochs is left open: as many as the organism needs to learn a task. */
    private static final int ROWS_SEEN = 1000;

    private static final int MOST_EPOCHS = 25;
    private static final int BATCH = 16;

    /** How often the persona's projection is looked at in a job, about. */
    private static final int LOOKS = 12;

    /** What is left open is chosen: passes enough to see about a thousand rows, batches of 16. */
    public Hyperparameters resolve(Hyperparameters asked, int rows) {
        int epochs = Math.clamp((ROWS_SEEN + rows - 1) / rows, 1, MOST_EPOCHS);
        return new Hyperparameters(
                Objects.requireNonNullElse(
                        asked.nEpochs(), (int) inside(policy.hyperparameters().nEpochs(), epochs)),
                Objects.requireNonNullElse(
                        asked.batchSize(), (int) inside(policy.hyperparameters().batchSize(), Math.min(BATCH, rows))),
                Objects.requireNonNullElse(
                        asked.learningRateMultiplier(),
                        inside(policy.hyperparameters().learningRateMultiplier(), 1)));
    }

    private static double inside(List<Double> range, double value) {
        return Math.clamp(value, range.getFirst(), range.getLast());
    }

    /**
     * The experiment.
     *
     * @param rows how many, and
     * @param data where they are
     * @throws BadInput when the tenant's defenses are not right
     */
    public ExperimentSpec spec(JobRequest request, int rows, String data) {
        var base = Objects.requireNonNull(policy.base(request.model()), request.model());
        var chosen = resolve(request.hyperparameters(), rows);
        int batch = Objects.requireNonNull(chosen.batchSize());
        int epochs = Objects.requireNonNull(chosen.nEpochs());
        long steps = steps((long) rows * epochs, batch);
        var training = new LinkedHashMap<String, Object>();
        training.put("learning_rate", base.learningRate() * Objects.requireNonNull(chosen.learningRateMultiplier()));
        training.put("epochs", epochs);
        training.put("batch_size", batch);
        training.put("checkpoint_every", checkpointEvery(steps));
        training.put("seed", request.seed());
        var spec = new LinkedHashMap<String, Object>();
        spec.put("name", "job");
        spec.put("model", Map.of("path", base.path()));
        spec.put("lora", base.lora());
        spec.put("data", Map.of("path", data));
        spec.put("training", training);
        spec.put("defenses", defenses(request));
        base.watched().ifPresent(persona -> {
            spec.put("persona_vectors", persona.vectors());
            spec.put("monitor", Map.of("layer", persona.layer(), "every", (steps + LOOKS - 1) / LOOKS));
        });
        spec.put("evaluations", List.of());
        spec.put("evaluate_before", false);
        spec.put("evaluate_checkpoints", true); // keeps every checkpoint for the screening
        var plan = parsed(spec);
        long safe = plan.defenses().stream()
                .mapToLong(defense -> defense.mostSafeRows((long) rows * epochs))
                .sum();
        training.put("checkpoint_every", checkpointEvery(steps((long) rows * epochs + safe, batch)));
        return safe == 0 ? plan : parsed(spec);
    }

    private static ExperimentSpec parsed(Map<String, Object> spec) {
        return ExperimentSpec.parse(Formats.YAML.writeValueAsString(spec), "the job");
    }

    private static long steps(long rows, int batch) {
        return (rows + batch - 1) / batch;
    }

    /** No more checkpoints than the policy says, with the rows that defenses add. */
    private long checkpointEvery(long steps) {
        return Math.max(1, (steps + policy.checkpoints() - 1) / policy.checkpoints());
    }

    private List<JsonNode> defenses(JobRequest request) {
        var all = new ArrayList<>(policy.requiredDefenses());
        var required = new HashSet<String>();
        all.forEach(defense -> required.add(defense.path("type").asString("")));
        for (var defense : request.defenses()) {
            if (policy.requiredDefenses().contains(defense)) {
                continue; // asked for as it is required
            }
            var type = defense.path("type").asString("");
            if (required.contains(type)) {
                throw new BadInput(type + " is required by the provider's policy, which sets its strength");
            }
            all.add(defense);
        }
        return all;
    }
}
