package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Calls;
import plumb.service.store.Audit;
import plumb.service.store.Keys;
import plumb.service.store.Scope;

/** Lets in whoever has a key that is good for what they want, and writes down who changed what and who was turned away. */
record Doorkeeper(Keys keys, Audit audit) {
    private static final String BEARER = "Bearer ";
    private static final int REFUSED = 401;
    private static final int FORBIDDEN = 403;

    void add(RoutesConfig routes) {
        routes.before("/v1/*", this::admit);
        routes.before("/metrics", this::admit);
        routes.after("/v1/*", this::note);
        routes.after("/metrics", this::note);
    }

    private void admit(Context call) {
        var header = call.header("Authorization");
        if (header == null || !header.startsWith(BEARER)) {
            throw ApiError.unauthorized("You didn't provide an API key. Send it as: Authorization: Bearer YOUR_KEY");
        }
        var key = keys.find(header.substring(BEARER.length()).strip())
                .orElseThrow(() -> ApiError.unauthorized("Incorrect API key provided."));
        Calls.remember(call, key);
        var needed = needed(call);
        if (!key.scopes().contains(needed)) {
            throw ApiError.forbidden("This key may not do that: it lacks the scope '" + needed.wireName() + "'.");
        }
    }

    private static Scope needed(Context call) {
        if (call.path().equals("/metrics")) {
            return Scope.OPERATE;
        }
        return switch (call.method().name()) {
            case "GET", "HEAD" -> Scope.READ;
            default -> isQuestion(call) ? Scope.ANSWER : Scope.TRAIN;
        };
    }

    /** Whether a model is asked. */
    static boolean isQuestion(Context call) {
        return call.path().matches("/v1/(chat/)?completions");
    }

    /** Before the answer leaves: what was acknowledged is in the log. */
    private void note(Context call) {
        int status = call.statusCode();
        boolean turnedAway = status == REFUSED || status == FORBIDDEN;
        if (turnedAway || needed(call) == Scope.TRAIN) {
            audit.add(Calls.key(call), call.ip(), call.method() + " " + call.path(), status);
        }
    }
}
