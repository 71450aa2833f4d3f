package plumb.service.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plumb.service.answer.Answers;
import plumb.service.http.call.ApiError;
import plumb.wire.Reply;

/** The replies to one request, put together answer by answer. */
final class Collected {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final List<Choice> choices;
    private int promptTokens;
    private int answerTokens;

    /** One answer so far. */
    static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private final List<Reply.Token> tokens = new ArrayList<>();
        private String reason = "stop";
        private Reply.@Nullable Token stop;

        String text() {
            return text.toString();
        }

        List<Reply.Token> tokens() {
            return tokens;
        }

        /** Its tokens and the one that ended it, if one did. */
        List<Reply.Token> tokensWithStop() {
            return Stream.concat(tokens.stream(), Stream.ofNullable(stop)).toList();
        }

        /** Why it ended. */
        String reason() {
            return reason;
        }
    }

    private Collected(int answers) {
        this.choices = IntStream.range(0, answers).mapToObj(_ -> new Choice()).toList();
    }

    /** Waits for all answers, at most as long as clients do. */
    static Collected all(Answers answers, int count, String param) {
        var collected = new Collected(count);
        var began = System.nanoTime();
        follow(answers, param, reply -> {
            if (System.nanoTime() - began > PATIENCE.toNanos()) {
                throw ApiError.of(503, "The answers took longer than ten minutes. Ask for fewer, or for a stream.");
            }
            collected.take(reply);
        });
        return collected;
    }

    /**
     * Passes every reply on, up to and with the last; an {@link ApiError} when there is none.
     *
     * @param param that is to blame when the model refuses the prompt
     */
    static void follow(Answers answers, String param, Consumer<Reply> to) {
        try {
            for (boolean goesOn = true; goesOn; ) {
                var reply = checked(answers.next(), param);
                goesOn = !(reply instanceof Reply.Done);
                to.accept(reply);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw ApiError.of(503, "The server is shutting down.");
        }
    }

    private static Reply checked(Reply reply, String param) {
        return switch (reply) {
            case Reply.Refused(var _, var message, var code) -> throw ApiError.invalid(message, param, code);
            case Reply.Broken(var _, var message) -> throw ApiError.of(503, message);
            case Reply.Piece _, Reply.Ended _, Reply.Done _ -> reply;
        };
    }

    private void take(Reply reply) {
        switch (reply) {
            case Reply.Piece(var _, int answer, var text, var tokens) -> {
                choices.get(answer).text.append(text);
                choices.get(answer).tokens.addAll(tokens);
            }
            case Reply.Ended(var _, int answer, var end, var stop) -> {
                choices.get(answer).reason = reason(end);
                choices.get(answer).stop = stop;
            }
            case Reply.Done(var _, int prompt, int answer) -> {
                promptTokens = prompt;
                answerTokens = answer;
            }
            case Reply.Refused _, Reply.Broken _ -> throw new IllegalStateException("checked before");
        }
    }

    static String reason(Reply.End end) {
        return end.name().toLowerCase(Locale.ROOT);
    }

    List<Choice> choices() {
        return choices;
    }

    /** How much was read and written. */
    Map<String, Integer> usage() {
        return usage(promptTokens, answerTokens);
    }

    static Map<String, Integer> usage(int prompt, int answer) {
        return Map.of("prompt_tokens", prompt, "completion_tokens", answer, "total_tokens", prompt + answer);
    }
}
