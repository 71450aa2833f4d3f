package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.service.answer.AnswerWorkers;
import plumb.service.answer.Answers;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Body;
import plumb.service.http.call.Calls;
import plumb.service.http.call.EventStream;
import plumb.service.store.Ids;
import plumb.wire.Command.Drawing;
import plumb.wire.Command.Prompt;
import plumb.wire.Reply;
import tools.jackson.databind.JsonNode;

/**
 * {@code /v1/completions}: text or tokens go on, and a prompt's own tokens are scored ({@code echo} with
 * {@code logprobs}), which is what evaluation harnesses need.
 */
final class CompletionRoutes {
    private static final Set<String> OWN = Set.of("prompt", "echo", "best_of", "suffix");
    private static final int USUAL_TOKENS = 16;
    private static final int MOST_TOP = 20;
    private static final int MOST_PROMPTS = 2048;

    private final Served served;
    private final AnswerWorkers workers;
    private final Clock clock;

    CompletionRoutes(Served served, AnswerWorkers workers, Clock clock) {
        this.served = served;
        this.workers = workers;
        this.clock = clock;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/completions", this::complete);
    }

    private void complete(Context call) {
        var body = Body.read(call.bodyInputStream());
        Asked.check(body, OWN);
        if (body.has("suffix")) {
            throw ApiError.invalid("'suffix' is not supported.", "suffix", "unsupported_parameter");
        }
        var model = body.text("model");
        var prompts = prompts(body.any("prompt"));
        var drawing = drawing(body);
        if (prompts.size() * drawing.answers() > MOST_PROMPTS) {
            throw ApiError.invalid(
                    "A request has at most " + MOST_PROMPTS + " answers: prompts times 'n'.", "n", "invalid_value");
        }
        var tenant = Calls.tenant(call);
        var target = served.target(tenant, model);
        var open = new ArrayList<Answers>();
        try {
            prompts.forEach(prompt -> open.add(workers.ask(tenant, target.base(), target.adapter(), prompt, drawing)));
            if (body.flag("stream")) {
                stream(call, model, open, drawing, Asked.includeUsage(body));
            } else {
                Calls.json(call, whole(model, open, drawing));
            }
        } finally {
            open.forEach(answers -> Calls.spend(call, answers.tokens()));
            open.forEach(Answers::close);
        }
    }

    private static Drawing drawing(Body body) {
        boolean echo = body.flag("echo");
        var most = Asked.maxTokens(body, "max_tokens", echo ? 0 : 1);
        var best = body.integer("best_of", 1, 128);
        if (best != null && !best.equals(Objects.requireNonNullElse(body.integer("n", 1, 128), 1))) {
            throw ApiError.invalid("'best_of' other than 'n' is not supported.", "best_of", "unsupported_parameter");
        }
        return Asked.drawing(
                body, Objects.requireNonNullElse(most, USUAL_TOKENS), body.integer("logprobs", 0, MOST_TOP), echo);
    }

    /** A text, texts, tokens, or lists of tokens. */
    private static List<Prompt> prompts(@Nullable JsonNode prompt) {
        if (prompt == null) {
            throw ApiError.invalid("Missing required parameter: 'prompt'.", "prompt", "missing_required_parameter");
        }
        if (prompt.isString()) {
            return List.of(new Prompt(null, prompt.asString(), null));
        }
        if (isTokens(prompt)) {
            return List.of(tokens(prompt));
        }
        var prompts = new ArrayList<Prompt>();
        for (var item : prompt) {
            if (item.isString()) {
                prompts.add(new Prompt(null, item.asString(), null));
            } else if (isTokens(item)) {
                prompts.add(tokens(item));
            } else {
                throw wrong();
            }
        }
        if (prompts.isEmpty() || prompts.size() > MOST_PROMPTS) {
            throw wrong();
        }
        return prompts;
    }

    private static ApiError wrong() {
        return ApiError.invalid(
                "'prompt' is a string, tokens, or an array of 1 to " + MOST_PROMPTS + " of either.",
                "prompt",
                "invalid_type");
    }

    private static boolean isTokens(JsonNode node) {
        if (!node.isArray() || node.isEmpty()) {
            return false;
        }
        for (var item : node) {
            if (!item.isInt()) {
                return false;
            }
        }
        return true;
    }

    private static Prompt tokens(JsonNode node) {
        var tokens = new ArrayList<Integer>();
        node.forEach(item -> tokens.add(item.asInt()));
        return new Prompt(null, null, tokens);
    }

    private Map<String, @Nullable Object> envelope(String id, String model) {
        var envelope = new LinkedHashMap<String, @Nullable Object>();
        envelope.put("id", id);
        envelope.put("object", "text_completion");
        envelope.put("created", clock.instant().getEpochSecond());
        envelope.put("model", model);
        envelope.put("system_fingerprint", null);
        return envelope;
    }

    private Map<String, @Nullable Object> whole(String model, List<Answers> open, Drawing drawing) {
        var choices = new ArrayList<Map<String, @Nullable Object>>();
        int read = 0;
        int written = 0;
        for (var answers : open) {
            var collected = Collected.all(answers, drawing.answers(), "prompt");
            for (var answer : collected.choices()) {
                choices.add(choice(
                        choices.size(), answer.text(), logprobs(answer.tokensWithStop(), drawing), answer.reason()));
            }
            read += collected.usage().getOrDefault("prompt_tokens", 0);
            written += collected.usage().getOrDefault("completion_tokens", 0);
        }
        var whole = envelope(Ids.next("cmpl-"), model);
        whole.put("choices", choices);
        whole.put("usage", Collected.usage(read, written));
        return whole;
    }

    private static Map<String, @Nullable Object> choice(
            int index, String text, @Nullable Object logprobs, @Nullable String reason) {
        var choice = new LinkedHashMap<String, @Nullable Object>();
        choice.put("index", index);
        choice.put("text", text);
        choice.put("logprobs", logprobs);
        choice.put("finish_reason", reason);
        return choice;
    }

    /**
     * With the token that ended the answer: harnesses ask for one token after an echoed prompt, and take the last value for
     * that token's.
     */
    private static @Nullable Map<String, Object> logprobs(List<Reply.Token> tokens, Drawing drawing) {
        if (drawing.top() == null) {
            return null;
        }
        var texts = new ArrayList<String>();
        var values = new ArrayList<@Nullable Double>();
        var top = new ArrayList<@Nullable Map<String, Double>>();
        var offsets = new ArrayList<Integer>();
        int offset = 0;
        for (var token : tokens) {
            texts.add(token.text());
            values.add(token.logprob());
            top.add(token.logprob() == null ? null : token.top());
            offsets.add(offset);
            offset += token.text().length();
        }
        var shown = new LinkedHashMap<String, Object>();
        shown.put("tokens", texts);
        shown.put("token_logprobs", values);
        shown.put("top_logprobs", top);
        shown.put("text_offset", offsets);
        return shown;
    }

    private void stream(Context call, String model, List<Answers> open, Drawing drawing, boolean usage) {
        var stream = new EventStream(call);
        var id = Ids.next("cmpl-");
        int[] used = new int[2];
        try {
            for (int prompt = 0; prompt < open.size(); prompt++) {
                int first = prompt * drawing.answers();
                Collected.follow(open.get(prompt), "prompt", reply -> {
                    switch (reply) {
                        case Reply.Piece(var _, int answer, var text, var tokens) ->
                            send(stream, id, model, choice(first + answer, text, logprobs(tokens, drawing), null));
                        case Reply.Ended(var _, int answer, var end, var stop) -> {
                            var last = stop == null ? null : logprobs(List.of(stop), drawing);
                            send(stream, id, model, choice(first + answer, "", last, Collected.reason(end)));
                        }
                        case Reply.Done(var _, int read, int written) -> {
                            used[0] += read;
                            used[1] += written;
                        }
                        case Reply.Refused _, Reply.Broken _ -> throw new IllegalStateException("checked before");
                    }
                });
            }
            if (usage) {
                var last = envelope(id, model);
                last.put("choices", List.of());
                last.put("usage", Collected.usage(used[0], used[1]));
                stream.send(last);
            }
            stream.end();
        } catch (ApiError e) {
            if (!stream.hasBegun()) {
                throw e;
            }
            stream.send(e.body());
        }
    }

    private void send(EventStream stream, String id, String model, Map<String, @Nullable Object> choice) {
        var chunk = envelope(id, model);
        chunk.put("choices", List.of(choice));
        stream.send(chunk);
    }
}
