package plumb.service.http.call;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is answered when something is wrong, in the shape OpenAI's clients map to their exceptions. */
public final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;
    private final @Nullable Duration comeBackAfter;

    private ApiError(int status, String type, String message, @Nullable String param, @Nullable String code) {
        this(status, type, message, param, code, null);
    }

    private ApiError(
            int status,
            String type,
            String message,
            @Nullable String param,
            @Nullable String code,
            @Nullable Duration comeBackAfter) {
        super(message);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
        this.comeBackAfter = comeBackAfter;
    }

    /** The request cannot be used as it is. */
    public static ApiError invalid(String message, @Nullable String param) {
        return invalid(message, param, null);
    }

    public static ApiError invalid(String message, @Nullable String param, @Nullable String code) {
        return new ApiError(400, "invalid_request_error", message, param, code);
    }

    public static ApiError tooLarge(String message, @Nullable String param) {
        return new ApiError(413, "invalid_request_error", message, param, "request_too_large");
    }

    public static ApiError notFound(String message, @Nullable String param, @Nullable String code) {
        return new ApiError(404, "invalid_request_error", message, param, code);
    }

    public static ApiError unauthorized(String message) {
        return new ApiError(401, "invalid_request_error", message, null, "invalid_api_key");
    }

    public static ApiError forbidden(String message) {
        return new ApiError(403, "invalid_request_error", message, null, "insufficient_permissions");
    }

    /** A key for one request was used for another; 422, which no client sends again by itself. */
    public static ApiError reused() {
        return new ApiError(
                422,
                "invalid_request_error",
                "This Idempotency-Key was used for another request within a day. Send each request with a key of its own.",
                "Idempotency-Key",
                "idempotency_key_reused");
    }

    /** Too many requests just now. */
    public static ApiError tooFast(String message, Duration comeBackAfter) {
        return new ApiError(429, "rate_limit_exceeded", message, null, "rate_limit_exceeded", comeBackAfter);
    }

    /** Not here, not now. */
    public static ApiError elsewhere(String message) {
        return new ApiError(503, "server_error", message, null, "unavailable", Duration.ofSeconds(1));
    }

    /** More than the tenant may have: waiting alone does not help. */
    public static ApiError tooMuch(String message) {
        return new ApiError(429, "insufficient_quota", message, null, "insufficient_quota");
    }

    public static ApiError of(int status, String message) {
        return new ApiError(status, status < 500 ? "invalid_request_error" : "server_error", message, null, null);
    }

    /** When the same request may do better; none: it never will, or nobody knows. */
    public @Nullable Duration comeBackAfter() {
        return comeBackAfter;
    }

    public int status() {
        return status;
    }

    /** All four keys are always there. */
    public Map<String, Object> body() {
        var error = new LinkedHashMap<String, @Nullable Object>();
        error.put("message", getMessage());
        error.put("type", type);
        error.put("param", param);
        error.put("code", code);
        return Map.of("error", error);
    }
}
