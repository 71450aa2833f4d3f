package plumb.eval.judge;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import plumb.model.TokenChance;

/**
 * One request to a server that speaks OpenAI's chat completions, and what to do when it fails. As published: one token,
 * temperature 0, seed 0, the twenty likeliest tokens with their log-probabilities.
 */
final class ChatEndpoint implements AutoCloseable {
    /** Tokens that are asked for with their log-probabilities. */
    static final int LIKELIEST = 20;

    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final URI address;
    private final String model;
    private final Optional<String> key;
    private final Duration patience;

    /**
     * @param url up to and without {@code /chat/completions}
     * @param key sent as a bearer token, never shown
     * @param patience how long one request may take
     */
    ChatEndpoint(String url, String model, Optional<String> key, Duration patience) {
        this.address = URI.create(url.replaceFirst("/+$", "") + "/chat/completions");
        this.model = model;
        this.key = key;
        this.patience = patience;
    }

    /** How an attempt ended. */
    sealed interface Attempt {
        /** Over, one way or the other. */
        sealed interface Settled extends Attempt {}

        record Done(List<TokenChance> tokens) implements Settled {}

        /** This prompt would go the same way again; others may not. */
        record Refused(String why) implements Settled {}

        /** May go better later, at the earliest after the wait the server asks for. */
        record Again(String why, Optional<Duration> pause) implements Attempt {}

        /** Any prompt would go the same way. */
        record Hopeless(String why) implements Attempt {}
    }

    Attempt ask(String prompt) throws InterruptedException {
        var request = client.sendAsync(request(prompt), BodyHandlers.ofString());
        try {
            return read(request.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            request.cancel(true);
            return new Attempt.Again(
                    "it did not answer within " + patience.toMillis() / 1000.0 + " s", Optional.empty());
        } catch (ExecutionException e) {
            return new Attempt.Again("it cannot be reached (" + reason(e.getCause()) + ")", Optional.empty());
        }
    }

    private static String reason(@Nullable Throwable cause) {
        var message = cause instanceof IOException ? cause.getMessage() : null;
        return message == null || message.isBlank() ? String.valueOf(cause) : message;
    }

    private HttpRequest request(String prompt) {
        var body = Map.of(
                "model",
                model,
                "messages",
                List.of(Map.of("role", "user", "content", prompt)),
                "max_tokens",
                1,
                "temperature",
                0,
                "seed",
                0,
                "logprobs",
                true,
                "top_logprobs",
                LIKELIEST);
        var request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(ChatReply.JSON.writeValueAsString(body)));
        key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return request.build();
    }

    private Attempt read(HttpResponse<String> response) {
        int status = response.statusCode();
        if (status == 200 && ChatReply.of(response.body()) instanceof ChatReply.Tokens(var tokens)) {
            return new Attempt.Done(tokens);
        }
        var body = withoutKey(response.body());
        var said = "it answered " + status + ": " + ChatReply.excerpt(body);
        if (status == 200) {
            return switch (ChatReply.of(body)) {
                case ChatReply.Tokens(var tokens) -> new Attempt.Done(tokens);
                case ChatReply.Broken(var why) -> new Attempt.Again(why, Optional.empty());
                case ChatReply.Unfit(var why) -> new Attempt.Refused(why);
            };
        }
        if (body.contains("insufficient_quota")) {
            return new Attempt.Hopeless(said + " The account has nothing left to spend");
        }
        if (status == 408 || status == 409 || status == 425 || status == 429 || status >= 500) {
            return new Attempt.Again(said, wait(response));
        }
        return status == 400 || status == 413 || status == 422
                ? new Attempt.Refused(said)
                : new Attempt.Hopeless(said + advice(status));
    }

    /** What a server says is shown and kept; some say the key. */
    private String withoutKey(String body) {
        return key.map(secret -> body.replace(secret, "(the key)")).orElse(body);
    }

    private static String advice(int status) {
        return switch (status) {
            case 401, 403 -> " Check the key in the environment variable that judge.key names";
            case 404 -> " Check judge.url (it usually ends in /v1) and judge.model";
            default -> "";
        };
    }

    /** {@code Retry-After}, in seconds or as a date. */
    private static Optional<Duration> wait(HttpResponse<String> response) {
        var headers = response.headers();
        return headers.firstValue("retry-after-ms")
                .flatMap(text -> number(text, 1))
                .or(() -> headers.firstValue("retry-after").flatMap(ChatEndpoint::secondsOrDate));
    }

    private static Optional<Duration> secondsOrDate(String text) {
        return number(text, 1000).or(() -> {
            try {
                var date = ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
                return Optional.of(Duration.between(Instant.now(), date));
            } catch (DateTimeParseException _) {
                return Optional.empty(); // neither: the usual wait serves
            }
        });
    }

    private static Optional<Duration> number(String text, int unit) {
        return text.matches("\\d{1,7}(\\.\\d+)?")
                ? Optional.of(Duration.ofMillis(Math.round(unit * Double.parseDouble(text))))
                : Optional.empty();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
