package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Map;
import java.util.Optional;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Calls;
import plumb.service.job.JobRunner;
import plumb.service.safety.SigningKey;
import plumb.service.store.Job;
import plumb.service.store.Jobs;

/** The signed report of a job's measured model, released or not, {@code /v1/fine_tuning/jobs/{id}/safety_report}, and the key to verify it with. */
record SafetyRoutes(Jobs jobs, JobRunner runner, SigningKey key) {
    void add(RoutesConfig routes) {
        routes.get("/v1/fine_tuning/jobs/{id}/safety_report", this::report);
        routes.get(
                "/v1/safety_key",
                call -> Calls.json(call, Map.of("algorithm", "Ed25519", "public_key", key.publicKey())));
    }

    private void report(Context call) {
        var id = call.pathParam("id");
        var job = jobs.find(Calls.tenant(call), id)
                .orElseThrow(() ->
                        ApiError.notFound("Could not find fine tune: " + id, "fine_tune_id", "fine_tune_not_found"));
        var report = Job.Status.OPEN.contains(job.status()) ? Optional.<String>empty() : runner.report(id);
        call.contentType("application/json")
                .result(report.orElseThrow(() -> ApiError.notFound(
                        "Job " + id + " was not measured to its end, so there is nothing to report.", "id", null)));
    }
}
