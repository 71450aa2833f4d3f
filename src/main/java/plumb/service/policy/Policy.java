package plumb.service.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.report.Formats;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the provider allows and insists on.
 *
 * @param models the bases, by the names they are served under
 * @param hyperparameters what a job may ask for
 * @param checkpoints how many of every job are measured, the finished adapter among them
 * @param requiredDefenses in force for every job, before its own; as in a spec
 * @param gate what a model must show before it may be used
 * @param quotas of every tenant that is not among
 * @param tenants those with quotas of their own, by name
 */
public record Policy(
        Map<String, Base> models,
        Ranges hyperparameters,
        int checkpoints,
        List<JsonNode> requiredDefenses,
        Gate gate,
        Limits limits,
        @Nullable Quota quotas,
        @Nullable Map<String, Quota> tenants) {

    /**
     * A model to start from.
     *
     * @param path {@code organism}, or a Hugging Face folder
     * @param learningRate what a multiplier of 1 means
     * @param lora as in a spec
     * @param gate instead of the policy's: the built-in judge understands organisms alone
     */
    public record Base(
            String path,
            double learningRate,
            JsonNode lora,
            @Nullable Gate gate) {}

    /** From, to: each a list of two numbers. */
    public record Ranges(List<Double> nEpochs, List<Double> batchSize, List<Double> learningRateMultiplier) {
        public Ranges {
            for (var range : List.of(nEpochs, batchSize, learningRateMultiplier)) {
                if (range.size() != 2 || !(range.getFirst() > 0) || !(range.getFirst() <= range.getLast())) {
                    throw new IllegalArgumentException(
                            "hyperparameters: each is two numbers above 0, the smaller one first, got " + range);
                }
            }
        }
    }

    /**
     * How much of the machine.
     *
     * @param fileBytes largest upload
     * @param runningJobs at the same time
     * @param jobThreads cores of one job
     * @param jobHeap as {@code java -Xmx} has it
     * @param jobMemory of a job's whole process, native memory included; likewise
     * @param answerHeap of a process that answers; likewise
     * @param webhookHosts names of machines that webhooks may be sent to; {@code *}: any
     */
    public record Limits(
            long fileBytes,
            int runningJobs,
            int jobThreads,
            String jobHeap,
            String jobMemory,
            String answerHeap,
            List<String> webhookHosts) {
        public Limits {
            webhookHosts = List.copyOf(Objects.requireNonNullElse(webhookHosts, List.of()));
            if (fileBytes < 1 || runningJobs < 1 || jobThreads < 1) {
                throw new IllegalArgumentException(
                        "limits: file_bytes, running_jobs and job_threads must be at least 1, got "
                                + List.of(fileBytes, runningJobs, jobThreads));
            }
        }
    }

    public Policy {
        models = Map.copyOf(models);
        requiredDefenses = List.copyOf(Objects.requireNonNullElse(requiredDefenses, List.of()));
        tenants = Map.copyOf(Objects.requireNonNullElse(tenants, Map.of()));
        if (models.isEmpty() || checkpoints < 1) {
            throw new IllegalArgumentException("a policy needs at least one model and at least one checkpoint");
        }
    }

    /** Reads a policy; {@link BadInput} when it is not right. */
    public static Policy read(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new BadInput("there is no policy " + file, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The one that holds when nobody wrote one. */
    public static Policy standard() {
        try (var in = Objects.requireNonNull(Policy.class.getResourceAsStream("default.yaml"))) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "default.yaml");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a policy.
     *
     * @param source what to call it in messages
     */
    public static Policy parse(String yaml, String source) {
        try {
            return Formats.YAML.readValue(yaml, Policy.class);
        } catch (JacksonException e) {
            throw new BadInput(
                    source + " is not a policy: " + e.getOriginalMessage() + ", at " + e.getPathReference(), e);
        }
    }

    /** What a model made from this base must show. */
    public Gate gate(String model) {
        var base = models.get(model);
        return base != null && base.gate() != null ? base.gate() : gate;
    }

    /** Says what a gate misses before anybody pays for training. */
    public void requireJudges() {
        models.keySet().forEach(model -> gate(model).screening().require());
    }

    /** How much a tenant may have. */
    public Quota quota(String tenant) {
        var own = Objects.requireNonNull(tenants).get(tenant);
        return own != null ? own : Objects.requireNonNullElse(quotas, Quota.NONE);
    }

    /** As a tenant may read it: without where judges and their questions are, and with no quota but its own. */
    public JsonNode shown(String tenant) {
        ObjectNode tree = Formats.JSON.valueToTree(this);
        tree.remove("tenants");
        tree.set("quotas", Formats.JSON.valueToTree(quota(tenant)));
        hideJudge(tree.path("gate"));
        tree.path("models").forEach(base -> hideJudge(base.path("gate")));
        return tree;
    }

    private static void hideJudge(JsonNode gate) {
        if (gate instanceof ObjectNode fields) {
            fields.remove(List.of("judge", "questions"));
        }
    }

    /** The base of this name. */
    public @Nullable Base base(String name) {
        return models.get(name);
    }
}
