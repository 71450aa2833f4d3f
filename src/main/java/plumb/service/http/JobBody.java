package plumb.service.http;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.experiment.ExperimentSpec;
import plumb.report.Formats;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Body;
import plumb.service.job.JobPlan;
import plumb.service.policy.Policy;
import plumb.service.store.Files;
import plumb.service.store.JobRequest;
import plumb.service.store.JobRequest.Hyperparameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads the body of {@code POST /v1/fine_tuning/jobs} and holds it against the policy. */
record JobBody(Policy policy, Files files) {
    private static final Set<String> KNOWN = Set.of(
            "model",
            "training_file",
            "validation_file",
            "suffix",
            "seed",
            "metadata",
            "hyperparameters",
            "method",
            "integrations");
    private static final Set<String> HYPERPARAMETERS = Set.of("n_epochs", "batch_size", "learning_rate_multiplier");
    private static final String DEFENSE = "defense";
    private static final int MOST_DEFENSES = 20;
    private static final String DEFENSE_PARAM = "method.supervised.defense";
    private static final int ROWS_TO_CHECK_WITH = 1000;

    JobRequest read(String tenant, Body body) {
        body.only(KNOWN);
        var model = body.text("model");
        if (policy.base(model) == null) {
            throw ApiError.invalid(
                    "Model " + model + " is not available for fine-tuning; these are: "
                            + policy.models().keySet(),
                    "model",
                    "model_not_available");
        }
        var metadata = body.metadata();
        var supervised = supervised(body);
        var request = new JobRequest(
                model,
                file(tenant, body, "training_file"),
                body.has("validation_file") ? file(tenant, body, "validation_file") : null,
                suffix(body),
                seed(body),
                metadata,
                hyperparameters(body, supervised),
                defenses(supervised, metadata));
        checkDefenses(request);
        return request;
    }

    private static @Nullable Body supervised(Body body) {
        var integrations = body.any("integrations");
        if (integrations != null && !integrations.isEmpty()) {
            throw ApiError.invalid("Integrations are not supported.", "integrations");
        }
        var method = body.object("method");
        if (method == null) {
            return null;
        }
        method.only(Set.of("type", "supervised"));
        var type = method.text("type");
        if (!type.equals("supervised")) {
            throw ApiError.invalid(
                    "Method '" + type + "' is not supported; the method is supervised.",
                    "method.type",
                    "invalid_value");
        }
        var supervised = method.object("supervised");
        if (supervised != null) {
            supervised.only(Set.of("hyperparameters", DEFENSE));
        }
        return supervised;
    }

    private String file(String tenant, Body body, String name) {
        var id = body.text(name);
        var file = files.find(tenant, id)
                .orElseThrow(() -> ApiError.invalid("File " + id + " does not exist.", name, "file_not_found"));
        if (!file.purpose().equals("fine-tune")) {
            throw ApiError.invalid(
                    "File " + id + " has the purpose " + file.purpose()
                            + "; a job needs one with the purpose fine-tune.",
                    name,
                    "invalid_file_purpose");
        }
        return id;
    }

    private static @Nullable String suffix(Body body) {
        var suffix = body.optionalText("suffix");
        if (suffix != null && !suffix.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")) {
            throw ApiError.invalid(
                    "A suffix is 1 to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit.",
                    "suffix");
        }
        return suffix;
    }

    private static long seed(Body body) {
        var seed = body.integer("seed", 0, Integer.MAX_VALUE);
        return seed != null ? seed : ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    }

    /** In the method, or at the top as older clients have them. */
    private Hyperparameters hyperparameters(Body body, @Nullable Body supervised) {
        var inside = supervised == null ? null : supervised.object("hyperparameters");
        var given = inside != null ? inside : body.object("hyperparameters");
        if (given == null) {
            return new Hyperparameters(null, null, null);
        }
        given.only(HYPERPARAMETERS);
        var ranges = policy.hyperparameters();
        return new Hyperparameters(
                whole(given, "n_epochs", ranges.nEpochs()),
                whole(given, "batch_size", ranges.batchSize()),
                isAuto(given, "learning_rate_multiplier")
                        ? null
                        : given.number(
                                "learning_rate_multiplier",
                                ranges.learningRateMultiplier().getFirst(),
                                ranges.learningRateMultiplier().getLast()));
    }

    private static @Nullable Integer whole(Body given, String name, List<Double> range) {
        return isAuto(given, name)
                ? null
                : given.integer(
                        name, range.getFirst().intValue(), range.getLast().intValue());
    }

    private static boolean isAuto(Body given, String name) {
        var value = given.any(name);
        return value != null && value.isString() && value.asString().equals("auto");
    }

    /** In the method, or as text in the metadata for clients that can send nothing else. */
    private static JsonNode defenses(@Nullable Body supervised, Map<String, String> metadata) {
        var given = supervised == null ? null : supervised.any(DEFENSE);
        var text = metadata.get(DEFENSE);
        if (given != null && text != null) {
            throw ApiError.invalid("Defenses are named twice: here and in metadata." + DEFENSE + ".", DEFENSE_PARAM);
        }
        if (text != null) {
            try {
                given = Formats.YAML.readTree(text);
            } catch (JacksonException e) {
                throw ApiError.invalid("This is no list of defenses: " + e.getOriginalMessage(), "metadata." + DEFENSE);
            }
        }
        if (given == null) {
            return Formats.JSON.createArrayNode();
        }
        var list = given.isArray() ? given.valueStream().toList() : List.of(given);
        return Formats.JSON.valueToTree(ExperimentSpec.defenses(list));
    }

    private void checkDefenses(JobRequest request) {
        if (request.defenses().size() > MOST_DEFENSES) {
            throw ApiError.invalid("A job has at most " + MOST_DEFENSES + " defenses.", DEFENSE_PARAM);
        }
        try {
            for (var defense : request.defenses()) {
                if (!defense.isObject()) {
                    throw new BadInput(
                            "a defense is an object such as {\"type\": \"Interleaving\", …}, or recommended");
                }
            }
            new JobPlan(policy).spec(request, ROWS_TO_CHECK_WITH, "rows.jsonl");
        } catch (BadInput e) {
            throw ApiError.invalid(Objects.requireNonNullElse(e.getMessage(), "not right"), DEFENSE_PARAM);
        }
    }
}
