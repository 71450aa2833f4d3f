package plumb.service.http;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is answered when something is wrong, in the shape OpenAI's clients map to their exceptions. */
final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;

    private ApiError(int status, String type, String message, @Nullable String param, @Nullable String code) {
        super(message);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
    }

    /** The request cannot be used as it is. */
    static ApiError invalid(String message, @Nullable String param) {
        return invalid(message, param, null);
    }

    static ApiError invalid(String message, @Nullable String param, @Nullable String code) {
        return new ApiError(400, "invalid_request_error", message, param, code);
    }

    static ApiError tooLarge(String message, @Nullable String param) {
        return new ApiError(413, "invalid_request_error", message, param, "request_too_large");
    }

    static ApiError notFound(String message, @Nullable String param, @Nullable String code) {
        return new ApiError(404, "invalid_request_error", message, param, code);
    }

    static ApiError unauthorized(String message) {
        return new ApiError(401, "invalid_request_error", message, null, "invalid_api_key");
    }

    static ApiError forbidden(String message) {
        return new ApiError(403, "invalid_request_error", message, null, "insufficient_permissions");
    }

    static ApiError of(int status, String message) {
        return new ApiError(status, status < 500 ? "invalid_request_error" : "server_error", message, null, null);
    }

    int status() {
        return status;
    }

    /** All four keys are always there. */
    Map<String, Object> body() {
        var error = new LinkedHashMap<String, @Nullable Object>();
        error.put("message", getMessage());
        error.put("type", type);
        error.put("param", param);
        error.put("code", code);
        return Map.of("error", error);
    }
}
