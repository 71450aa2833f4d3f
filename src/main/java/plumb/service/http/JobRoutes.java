package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import plumb.hash.Sha256;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Body;
import plumb.service.http.call.Calls;
import plumb.service.policy.Policy;
import plumb.service.store.Checkpoint;
import plumb.service.store.Files;
import plumb.service.store.Job;
import plumb.service.store.JobRequest.Hyperparameters;
import plumb.service.store.Jobs;

/** {@code /v1/fine_tuning/jobs}. */
final class JobRoutes {
    private static final Pattern METADATA = Pattern.compile("metadata\\[(.+)]");
    private static final long RETRY_SECONDS = 60;
    private static final long KEY_SECONDS = 86_400;

    private final Jobs jobs;
    private final JobBody bodies;
    private final Policy policy;
    private final Clock clock;
    private final Consumer<Job> lay;

    /** @param lay keeps a job's rows for it, whatever becomes of the file */
    JobRoutes(Jobs jobs, Files files, Policy policy, Clock clock, Consumer<Job> lay) {
        this.jobs = jobs;
        this.lay = lay;
        this.policy = policy;
        this.bodies = new JobBody(policy, files);
        this.clock = clock;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/fine_tuning/jobs", this::create);
        routes.get("/v1/fine_tuning/jobs", this::list);
        routes.get("/v1/fine_tuning/jobs/{id}", call -> Calls.json(call, shown(job(call))));
        routes.post("/v1/fine_tuning/jobs/{id}/cancel", call -> change(call, jobs::cancel, "has ended already"));
        routes.post("/v1/fine_tuning/jobs/{id}/pause", call -> change(call, jobs::pause, "cannot be paused"));
        routes.post("/v1/fine_tuning/jobs/{id}/resume", call -> change(call, jobs::resume, "is not paused"));
        routes.get("/v1/fine_tuning/jobs/{id}/checkpoints", this::checkpoints);
    }

    /** A request that was sent again, because the first answer got lost, starts no second job. */
    private void create(Context call) {
        var body = Body.read(call.bodyInputStream());
        var tenant = Calls.tenant(call);
        var hash = Sha256.of("body " + body.fields());
        long now = clock.instant().getEpochSecond();
        var once = Optional.ofNullable(call.header("Idempotency-Key"))
                .map(text -> new Jobs.Once(Sha256.of("key " + text), hash, now - KEY_SECONDS));
        var first = once.isPresent()
                ? jobs.begun(tenant, once.get())
                : isRetry(call) ? jobs.twin(tenant, hash, now - RETRY_SECONDS) : Optional.<Job>empty();
        Calls.json(call, shown(first.orElseGet(() -> {
            var request = bodies.read(tenant, body);
            var most = policy.quota(tenant).openJobs();
            var job = once.map(key -> jobs.addOnce(tenant, request, key, most))
                    .orElseGet(() -> jobs.add(tenant, request, hash, most));
            lay.accept(job);
            return job;
        })));
    }

    private static boolean isRetry(Context call) {
        var count = call.header("x-stainless-retry-count");
        return count != null && !count.equals("0");
    }

    private void list(Context call) {
        var metadata = new LinkedHashMap<String, String>();
        call.queryParamMap().forEach((name, values) -> {
            var key = METADATA.matcher(name);
            if (key.matches() && !values.isEmpty()) {
                metadata.put(key.group(1), values.getFirst());
            }
        });
        var page = jobs.list(Calls.tenant(call), metadata, Calls.page(call, "ftjob-", 20, 100));
        Calls.list(call, page.rows().stream().map(JobRoutes::shown).toList(), page.more());
    }

    /** @param otherwise what is the matter with a job that could not be changed so */
    private void change(Context call, Predicate<Job> how, String otherwise) {
        var job = job(call);
        if (!how.test(job)) {
            var now = job(call);
            throw ApiError.invalid(
                    "Job " + job.id() + " " + otherwise + ": it is "
                            + now.status().wireName() + ".",
                    "id",
                    "invalid_status");
        }
        Calls.json(call, shown(job(call)));
    }

    private void checkpoints(Context call) {
        var page = jobs.checkpoints(job(call).id(), Calls.page(call, "ftckpt_", 10, 1000));
        Calls.list(call, page.rows().stream().map(JobRoutes::shown).toList(), page.more());
    }

    private Job job(Context call) {
        return job(jobs, call);
    }

    /** The tenant's job that the path names. */
    static Job job(Jobs jobs, Context call) {
        var id = call.pathParam("id");
        return jobs.find(Calls.tenant(call), id)
                .orElseThrow(() ->
                        ApiError.notFound("Could not find fine tune: " + id, "fine_tune_id", "fine_tune_not_found"));
    }

    private static Map<String, @Nullable Object> shown(Job job) {
        var request = job.request();
        var hyperparameters = shown(Objects.requireNonNullElse(job.resolved(), request.hyperparameters()));
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("id", job.id());
        shown.put("object", "fine_tuning.job");
        shown.put("created_at", job.createdAt());
        shown.put("error", shown(job.error()));
        shown.put("fine_tuned_model", job.fineTunedModel());
        shown.put("finished_at", job.finishedAt());
        shown.put("hyperparameters", hyperparameters);
        shown.put("model", request.model());
        shown.put("organization_id", job.tenant());
        shown.put("result_files", List.of());
        shown.put("status", job.status().wireName());
        shown.put("trained_tokens", job.trainedTokens());
        shown.put("training_file", request.trainingFile());
        shown.put("validation_file", request.validationFile());
        shown.put("seed", request.seed());
        shown.put("estimated_finish", null);
        shown.put("integrations", List.of());
        shown.put("metadata", request.metadata());
        shown.put("user_provided_suffix", request.suffix());
        var supervised = new LinkedHashMap<String, Object>();
        supervised.put("hyperparameters", hyperparameters);
        supervised.put("defense", request.defenses());
        shown.put("method", Map.of("type", "supervised", "supervised", supervised));
        return shown;
    }

    private static Map<String, Object> shown(Hyperparameters chosen) {
        var shown = new LinkedHashMap<String, Object>();
        shown.put("n_epochs", orAuto(chosen.nEpochs()));
        shown.put("batch_size", orAuto(chosen.batchSize()));
        shown.put("learning_rate_multiplier", orAuto(chosen.learningRateMultiplier()));
        return shown;
    }

    private static Object orAuto(@Nullable Object value) {
        return value == null ? "auto" : value;
    }

    /** No error is {@code null}, never an empty object: a client would look for its code. */
    private static @Nullable Map<String, @Nullable Object> shown(Job.@Nullable Failure failure) {
        if (failure == null) {
            return null;
        }
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("code", failure.code());
        shown.put("message", failure.message());
        shown.put("param", failure.param());
        return shown;
    }

    private static Map<String, @Nullable Object> shown(Checkpoint checkpoint) {
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("id", checkpoint.id());
        shown.put("object", "fine_tuning.job.checkpoint");
        shown.put("created_at", checkpoint.createdAt());
        shown.put("fine_tuned_model_checkpoint", checkpoint.model());
        shown.put("fine_tuning_job_id", checkpoint.job());
        shown.put("metrics", checkpoint.metrics());
        shown.put("step_number", checkpoint.step());
        return shown;
    }
}
