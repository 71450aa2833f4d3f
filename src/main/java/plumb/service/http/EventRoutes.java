package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Calls;
import plumb.service.http.call.EventStream;
import plumb.service.store.Event;
import plumb.service.store.Job;
import plumb.service.store.Jobs;
import plumb.service.store.Page;

/** {@code /v1/fine_tuning/jobs/{id}/events}: page by page, or as they come. */
final class EventRoutes {
    private static final String NAMES = "ftevent-";
    private static final int PAGE = 100;
    private static final long LOOK_MILLIS = 300;
    /** Looks between two signs of life to a listener who hears nothing else: 15 s. */
    private static final int SILENT_LOOKS = 50;

    private final Jobs jobs;
    private final BooleanSupplier stopping;

    /** @param stopping whether the server is being stopped: who still listens then asks another one */
    EventRoutes(Jobs jobs, BooleanSupplier stopping) {
        this.jobs = jobs;
        this.stopping = stopping;
    }

    void add(RoutesConfig routes) {
        routes.get("/v1/fine_tuning/jobs/{id}/events", this::events);
    }

    private void events(Context call) {
        var job = job(call);
        if (streams(call)) {
            follow(call, job.id());
        } else {
            var page = jobs.events(job.id(), Calls.page(call, NAMES, 20, 1000));
            Calls.list(call, page.rows().stream().map(EventRoutes::shown).toList(), page.more());
        }
    }

    private static boolean streams(Context call) {
        var asked = call.queryParam("stream");
        if (asked == null || asked.equals("false")) {
            return false;
        }
        if (asked.equals("true")) {
            return true;
        }
        throw ApiError.invalid("Invalid value for 'stream': it is true or false.", "stream", "invalid_value");
    }

    /** All of them, oldest first, from {@code after} on where it is given, until the job has ended. */
    private void follow(Context call, String job) {
        var last = Calls.after(call, NAMES);
        var stream = new EventStream(call);
        int silent = 0;
        boolean open = true;
        while (open) {
            open = !stopping.getAsBoolean()
                    && Job.Status.OPEN.contains(job(call).status()); // what is told after it is asked is read
            var before = last;
            last = send(stream, job, last);
            silent = Objects.equals(before, last) ? silent + 1 : 0;
            if (silent % SILENT_LOOKS == SILENT_LOOKS - 1) {
                stream.rest();
            }
            if (open) {
                pause();
            }
        }
        stream.end();
    }

    /** What has come since; the id of the last one sent. */
    private @Nullable String send(EventStream stream, String job, @Nullable String after) {
        var last = after;
        boolean more = true;
        while (more) {
            var page = jobs.events(job, new Page.Query(last, PAGE, true));
            for (var event : page.rows()) {
                stream.send(shown(event));
                last = event.id();
            }
            more = page.more();
        }
        return last;
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while following a job", e);
        }
    }

    private Job job(Context call) {
        return JobRoutes.job(jobs, call);
    }

    private static Map<String, @Nullable Object> shown(Event event) {
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("id", event.id());
        shown.put("object", "fine_tuning.job.event");
        shown.put("created_at", event.createdAt());
        shown.put("level", event.level());
        shown.put("message", event.message());
        shown.put("type", event.type());
        shown.put("data", event.data() == null ? Map.of() : event.data());
        return shown;
    }
}
