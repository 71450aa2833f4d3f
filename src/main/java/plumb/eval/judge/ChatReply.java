package plumb.eval.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import plumb.model.TokenChance;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an endpoint answered, read as the likelihoods of one token. */
sealed interface ChatReply {
    /** As it should be. No tokens: the model gave an empty answer. */
    record Tokens(List<TokenChance> likely) implements ChatReply {}

    /** Broken in a way that may pass: another attempt may go better. */
    record Broken(String why) implements ChatReply {}

    /** Whole, and not what a judge needs: another attempt would bring the same. */
    record Unfit(String why) implements ChatReply {}

    /** Sums of probabilities beyond this are no rounding. */
    double MOST = 1.01;

    JsonMapper JSON = JsonMapper.builder().build();

    /** Reads the body of a chat completion. */
    static ChatReply of(String body) {
        JsonNode choice;
        try {
            choice = JSON.readTree(body).path("choices").path(0);
        } catch (JacksonException e) {
            return new Broken("its answer is no JSON: " + excerpt(body));
        }
        if (!choice.isObject()) {
            return new Broken("its answer is no chat completion: " + excerpt(body));
        }
        var content = choice.path("logprobs").path("content");
        if (!content.isArray()) {
            return new Unfit("its answer has no log-probabilities, and the score is made of them: serve a model that"
                    + " gives logprobs with top_logprobs");
        }
        return content.isEmpty()
                ? new Tokens(List.of())
                : tokens(content.path(0).path("top_logprobs"));
    }

    private static ChatReply tokens(JsonNode top) {
        if (!top.isArray() || top.isEmpty()) {
            return new Unfit(
                    "its answer has the chosen token alone and no top_logprobs, and the score is made of them");
        }
        var tokens = new ArrayList<TokenChance>();
        for (var token : top) {
            var text = token.path("token");
            var logprob = token.path("logprob");
            if (!text.isString() || !logprob.isNumber() || !(logprob.asDouble() <= 1e-6)) {
                return new Broken(
                        "a token of its answer is no text with a log-probability: " + excerpt(token.toString()));
            }
            tokens.add(new TokenChance(text.asString(), logprob.asDouble()));
        }
        double sum = tokens.stream().mapToDouble(TokenChance::probability).sum();
        return sum <= MOST
                ? new Tokens(tokens)
                : new Unfit(String.format(
                        Locale.ROOT,
                        "the probabilities of its tokens add up to %.2f: its log-probabilities are none",
                        sum));
    }

    /** The beginning of an answer, for a message. */
    static String excerpt(String body) {
        var line = body.strip().replaceAll("\\s+", " ");
        return line.isEmpty() ? "(nothing)" : line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }
}
