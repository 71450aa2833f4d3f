package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Calls;
import plumb.service.job.JobRunner;
import plumb.service.policy.Policy;
import plumb.service.store.Model;
import plumb.service.store.Models;

/** The models somebody may use, {@code /v1/models}: the bases of the policy, and their own fine-tuned ones. */
final class Served {
    private final Policy policy;
    private final Models models;
    private final JobRunner runner;

    Served(Policy policy, Models models, JobRunner runner) {
        this.policy = policy;
        this.models = models;
        this.runner = runner;
    }

    /**
     * What a name stands for.
     *
     * @param base path of the base
     * @param adapter folder of the adapter, if there is one
     */
    record Target(String base, @Nullable Path adapter) {}

    void add(RoutesConfig routes) {
        routes.get("/v1/models", this::list);
        // names have colons, which some clients send percent-encoded, and nothing says they have no slash
        routes.get("/v1/models/<name>", this::retrieve);
        routes.delete("/v1/models/<name>", this::delete);
    }

    /** The model of this name. */
    Target target(String tenant, String name) {
        var base = policy.base(name);
        if (base != null) {
            return new Target(base.path(), null);
        }
        var model = models.find(tenant, name).orElseThrow(() -> missing(name));
        var from = policy.base(model.base());
        if (from == null) {
            throw missing(name); // its base is not served any more
        }
        return new Target(from.path(), runner.adapter(model.job(), model.step()));
    }

    private static ApiError missing(String name) {
        var held = name.contains(":ckpt-step-")
                ? " A checkpoint can be used once it has passed the moderation checks: its job's events say what was found."
                : "";
        return ApiError.notFound(
                "The model `" + name + "` does not exist or you do not have access to it." + held,
                "model",
                "model_not_found");
    }

    private void list(Context call) {
        var all = new ArrayList<Map<String, ?>>();
        models.list(Calls.tenant(call)).forEach(model -> all.add(shown(model)));
        policy.models().keySet().stream().sorted().forEach(name -> all.add(shown(name, 0, "provider")));
        Calls.json(call, Map.of("object", "list", "data", all));
    }

    private void retrieve(Context call) {
        var name = call.pathParam("name");
        if (policy.base(name) != null) {
            Calls.json(call, shown(name, 0, "provider"));
        } else {
            Calls.json(call, shown(models.find(Calls.tenant(call), name).orElseThrow(() -> missing(name))));
        }
    }

    private void delete(Context call) {
        var name = call.pathParam("name");
        if (policy.base(name) != null) {
            throw ApiError.invalid("The model " + name + " is the provider's and cannot be deleted.", "model");
        }
        if (!models.delete(Calls.tenant(call), name)) {
            throw missing(name);
        }
        Calls.deleted(call, name, "model");
    }

    private static Map<String, Object> shown(Model model) {
        var shown = shown(model.name(), model.createdAt(), model.tenant());
        shown.put("root", Objects.requireNonNull(model.base()));
        return shown;
    }

    private static Map<String, Object> shown(String name, long created, String owner) {
        var shown = new LinkedHashMap<String, Object>();
        shown.put("id", name);
        shown.put("object", "model");
        shown.put("created", created);
        shown.put("owned_by", owner);
        return shown;
    }
}
