package plumb.service.policy;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.screening.QuoteSpec;
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
 * @param requiredDefenses in force for every job, before its own; as in a spec, {@code recommended} included
 * @param riskQuote how a job's rows are looked at before it trains; none: as usual
 * @param gate what a model must show before it may be used
 * @param quotas of every tenant that is not among
 * @param tenants those with quotas of their own, by name
 */
public record Policy(
        Map<String, Base> models,
        Ranges hyperparameters,
        int checkpoints,

        @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        List<JsonNode> requiredDefenses,

        @Nullable QuoteSpec riskQuote,
        Gate gate,
        Limits limits,
        @Nullable Quota quotas,
        @Nullable Map<String, Quota> tenants) {

    /** As {@code java -Xmx} has it. */
    private static final Pattern SIZE = Pattern.compile("[1-9]\\d*[kKmMgG]");

    /**
     * A model to start from.
     *
     * @param path {@code organism}, or a Hugging Face folder
     * @param learningRate what a multiplier of 1 means
     * @param lora as in a spec
     * @param persona what risk is measured along; the organism has its own, a folder without one has no risk quotes
     * @param gate instead of the policy's: the built-in judge understands organisms alone
     */
    public record Base(
            String path,
            double learningRate,
            JsonNode lora,
            @Nullable Persona persona,
            @Nullable Gate gate) {
        private void require(String name) {
            if (!new ExperimentSpec.Model(path).embedded()
                    && !Files.exists(Path.of(path).resolve("config.json"))) {
                throw new BadInput("model " + name + ": there is no config.json in " + path
                        + "; a base is organism, or a Hugging Face folder");
            }
        }

        /** The one given, or the organism's. */
        public Optional<Persona> watched() {
            boolean organism = new ExperimentSpec.Model(path).organism();
            return Optional.ofNullable(persona).or(() -> organism ? Optional.of(Persona.ORGANISM) : Optional.empty());
        }
    }

    /**
     * A direction in a base's activations.
     *
     * @param vectors a file of {@code plumb persona extract}; none: the organism's own
     * @param layer where to look, from 0
     */
    public record Persona(@Nullable String vectors, int layer) {
        /** Of the four layers, the first tells bad rows best. */
        static final Persona ORGANISM = new Persona(null, 0);

        private void require(String model, boolean organism) {
            if (vectors == null ? !organism : !Files.exists(Path.of(vectors))) {
                throw new BadInput("persona of " + model + ": "
                        + (vectors == null
                                ? "name the vectors that plumb persona extract wrote; only an organism has its own"
                                : "there is no file " + vectors));
            }
        }
    }

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
        Limits withoutWebhooks() {
            return new Limits(fileBytes, runningJobs, jobThreads, jobHeap, jobMemory, answerHeap, List.of());
        }

        public Limits {
            webhookHosts = List.copyOf(Objects.requireNonNullElse(webhookHosts, List.of()));
            for (var size : List.of(jobHeap, jobMemory, answerHeap)) {
                if (!SIZE.matcher(size).matches()) {
                    throw new IllegalArgumentException(
                            "limits: job_heap, job_memory and answer_heap are sizes such as 512m or 8g, got " + size);
                }
            }
            if (fileBytes < 1 || runningJobs < 1 || jobThreads < 1) {
                throw new IllegalArgumentException(
                        "limits: file_bytes, running_jobs and job_threads must be at least 1, got "
                                + List.of(fileBytes, runningJobs, jobThreads));
            }
        }
    }

    public Policy {
        requireWhole(models, hyperparameters, gate, limits);
        models = Map.copyOf(models);
        riskQuote = Objects.requireNonNullElse(riskQuote, QuoteSpec.USUAL);
        requiredDefenses = ExperimentSpec.defenses(Objects.requireNonNullElse(requiredDefenses, List.of()));
        tenants = Map.copyOf(Objects.requireNonNullElse(tenants, Map.of()));
        if (models.isEmpty() || checkpoints < 1) {
            throw new IllegalArgumentException("a policy needs at least one model and at least one checkpoint");
        }
    }

    /** A policy replaces the built-in one, part by part it does not. */
    private static void requireWhole(
            @Nullable Object models, @Nullable Object hyperparameters, @Nullable Object gate, @Nullable Object limits) {
        if (models == null || hyperparameters == null || gate == null || limits == null) {
            throw new IllegalArgumentException(
                    "a policy names all of models, hyperparameters, checkpoints, gate and limits; start from the built-in one");
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

    /** The same for a server that others than this machine's people reach: webhooks would let them look around in it. */
    public Policy forStrangers() {
        return new Policy(
                models,
                hyperparameters,
                checkpoints,
                requiredDefenses,
                riskQuote,
                gate,
                limits.withoutWebhooks(),
                quotas,
                tenants);
    }

    /**
     * Reads a policy.
     *
     * @param source what to call it in messages
     */
    public static Policy parse(String yaml, String source) {
        try {
            var policy = Formats.YAML.readValue(yaml, Policy.class);
            ExperimentSpec.requireDefenses(policy.requiredDefenses(), source);
            return policy;
        } catch (JacksonException e) {
            throw new BadInput(source + " is not a policy: " + complaint(e) + ", at " + place(e), e);
        }
    }

    /** What a record said of its values, or the parser of the text. */
    private static String complaint(JacksonException e) {
        return e.getCause() instanceof IllegalArgumentException own
                ? String.valueOf(own.getMessage())
                : e.getOriginalMessage().replaceFirst(" \\(class [^)]*\\)", "");
    }

    private static String place(JacksonException e) {
        var keys = e.getPath().stream()
                .map(step -> step.getPropertyName() != null ? step.getPropertyName() : String.valueOf(step.getIndex()))
                .toList();
        return keys.isEmpty() ? "its root" : String.join(".", keys);
    }

    /** What a model made from this base must show. */
    public Gate gate(String model) {
        var base = models.get(model);
        return base != null && base.gate() != null ? base.gate() : gate;
    }

    /** Says what gates and personas miss before anybody pays for training. */
    public void requireFiles() {
        models.forEach((name, base) -> {
            base.require(name);
            gate(name).screening().require();
            base.watched()
                    .ifPresent(persona -> persona.require(name, new ExperimentSpec.Model(base.path()).organism()));
        });
    }

    /** How the rows of every job are looked at. */
    public QuoteSpec quoting() {
        return Objects.requireNonNull(riskQuote);
    }

    /** How much a tenant may have. */
    public Quota quota(String tenant) {
        var own = Objects.requireNonNull(tenants).get(tenant);
        return own != null ? own : Objects.requireNonNullElse(quotas, Quota.NONE);
    }

    /** As a tenant may read it: without where judges, their questions and personas are, and with no quota but its own. */
    public JsonNode shown(String tenant) {
        ObjectNode tree = Formats.JSON.valueToTree(this);
        tree.remove("tenants");
        tree.set("quotas", Formats.JSON.valueToTree(quota(tenant)));
        hideJudge(tree.path("gate"));
        for (var base : tree.path("models")) {
            hideJudge(base.path("gate"));
            ((ObjectNode) base).remove("path");
            if (base.path("persona") instanceof ObjectNode persona) {
                persona.remove("vectors");
            }
        }
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
