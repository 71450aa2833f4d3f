package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import plumb.wire.Command.Turn;
import plumb.wire.Reply;

/** {@code /v1/chat/completions}, whole or as a stream. */
final class ChatRoutes {
    private static final Set<String> OWN = Set.of(
            "messages",
            "max_completion_tokens",
            "top_logprobs",
            "metadata",
            "store",
            "response_format",
            "modalities",
            "tools");
    private static final int MOST_TOP = 20;

    private final Served served;
    private final AnswerWorkers workers;
    private final Clock clock;

    ChatRoutes(Served served, AnswerWorkers workers, Clock clock) {
        this.served = served;
        this.workers = workers;
        this.clock = clock;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/chat/completions", this::complete);
    }

    private void complete(Context call) {
        var body = Body.read(call.bodyInputStream());
        Asked.check(body, OWN);
        requireText(body);
        var model = body.text("model");
        var turns = turns(body);
        var drawing = drawing(body);
        var tenant = Calls.tenant(call);
        var target = served.target(tenant, model);
        try (var answers =
                workers.ask(tenant, target.base(), target.adapter(), new Prompt(turns, null, null), drawing)) {
            if (body.flag("stream")) {
                stream(call, body, answers, drawing);
            } else {
                Calls.json(call, whole(model, Collected.all(answers, drawing.answers(), "messages"), drawing));
            }
            Calls.spend(call, answers.tokens());
        }
    }

    private static void requireText(Body body) {
        var format = body.object("response_format");
        if (format != null && !"text".equals(format.optionalText("type"))) {
            throw ApiError.invalid("Only the response format 'text' is supported.", "response_format");
        }
        var tools = body.any("tools");
        if (tools != null && !tools.isEmpty()) {
            throw ApiError.invalid("Tools are not supported.", "tools", "unsupported_parameter");
        }
        if (body.texts("modalities", 2).stream().anyMatch(modality -> !modality.equals("text"))) {
            throw ApiError.invalid("Only text is supported.", "modalities");
        }
    }

    private static Drawing drawing(Body body) {
        var newer = Asked.maxTokens(body, "max_completion_tokens", 1);
        var most = newer != null ? newer : Asked.maxTokens(body, "max_tokens", 1);
        var top = body.integer("top_logprobs", 0, MOST_TOP);
        boolean wanted = body.flag("logprobs");
        if (top != null && !wanted) {
            throw ApiError.invalid("'top_logprobs' needs 'logprobs' to be true.", "top_logprobs", "invalid_value");
        }
        return Asked.drawing(body, most, wanted ? Integer.valueOf(top == null ? 0 : top) : null, false);
    }

    private static List<Turn> turns(Body body) {
        var turns = new ArrayList<Turn>();
        for (var message : body.objects("messages")) {
            var role = message.text("role");
            switch (role) {
                case "system", "developer" -> {
                    if (!turns.isEmpty()) {
                        throw ApiError.invalid(
                                "A system message must come first.", message.path() + "role", "invalid_value");
                    }
                    turns.add(new Turn("system", content(message)));
                }
                case "user", "assistant" -> turns.add(new Turn(role, content(message)));
                default ->
                    throw ApiError.invalid(
                            "Role '" + role + "' is not supported: use system, developer, user or assistant.",
                            message.path() + "role",
                            "invalid_value");
            }
        }
        if (turns.isEmpty()) {
            throw ApiError.invalid("'messages' must not be empty.", "messages", "empty_array");
        }
        return turns;
    }

    /** A text, or a list of text parts. */
    private static String content(Body message) {
        var content = message.any("content");
        if (content == null || !content.isArray()) {
            return message.text("content");
        }
        var text = new StringBuilder();
        for (var part : message.objects("content")) {
            if (!part.text("type").equals("text")) {
                throw ApiError.invalid("Only text parts are supported.", part.path() + "type", "invalid_value");
            }
            text.append(part.text("text"));
        }
        return text.toString();
    }

    private Map<String, @Nullable Object> envelope(String id, String object, String model) {
        var envelope = new LinkedHashMap<String, @Nullable Object>();
        envelope.put("id", id);
        envelope.put("object", object);
        envelope.put("created", clock.instant().getEpochSecond());
        envelope.put("model", model);
        envelope.put("system_fingerprint", null);
        return envelope;
    }

    private Map<String, @Nullable Object> whole(String model, Collected collected, Drawing drawing) {
        var choices = new ArrayList<Map<String, @Nullable Object>>();
        for (var answer : collected.choices()) {
            var message = new LinkedHashMap<String, @Nullable Object>();
            message.put("role", "assistant");
            message.put("content", answer.text());
            message.put("refusal", null);
            var choice = new LinkedHashMap<String, @Nullable Object>();
            choice.put("index", choices.size());
            choice.put("message", message);
            choice.put("logprobs", logprobs(answer.tokens(), drawing));
            choice.put("finish_reason", answer.reason());
            choices.add(choice);
        }
        var whole = envelope(Ids.next("chatcmpl-"), "chat.completion", model);
        whole.put("choices", choices);
        whole.put("usage", collected.usage());
        return whole;
    }

    private static @Nullable Map<String, @Nullable Object> logprobs(List<Reply.Token> tokens, Drawing drawing) {
        if (drawing.top() == null) {
            return null;
        }
        var content = new ArrayList<Map<String, @Nullable Object>>();
        for (var token : tokens) {
            var shown = token(token.text(), token.logprob());
            var top = new ArrayList<Map<String, @Nullable Object>>();
            token.top().forEach((text, logprob) -> top.add(token(text, logprob)));
            shown.put("top_logprobs", top);
            content.add(shown);
        }
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("content", content);
        shown.put("refusal", null);
        return shown;
    }

    private static Map<String, @Nullable Object> token(String text, @Nullable Double logprob) {
        var bytes = new ArrayList<Integer>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xFF);
        }
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("token", text);
        shown.put("logprob", logprob);
        shown.put("bytes", bytes);
        return shown;
    }

    private void stream(Context call, Body body, Answers answers, Drawing drawing) {
        var stream = new EventStream(call);
        var model = body.text("model");
        var id = Ids.next("chatcmpl-");
        boolean usage = Asked.includeUsage(body);
        try {
            Collected.follow(answers, "messages", reply -> {
                if (!stream.hasBegun()) {
                    for (int i = 0; i < drawing.answers(); i++) {
                        var first = Map.<String, @Nullable Object>of("role", "assistant", "content", "");
                        stream.send(chunk(id, model, choice(i, first, null, null), usage));
                    }
                }
                switch (reply) {
                    case Reply.Piece(var _, int answer, var text, var tokens) ->
                        stream.send(chunk(
                                id,
                                model,
                                choice(answer, Map.of("content", text), logprobs(tokens, drawing), null),
                                usage));
                    case Reply.Ended(var _, int answer, var end, var _) ->
                        stream.send(chunk(id, model, choice(answer, Map.of(), null, Collected.reason(end)), usage));
                    case Reply.Done(var _, int read, int written) -> {
                        if (usage) {
                            var last = chunk(id, model, null, true);
                            last.put("usage", Collected.usage(read, written));
                            stream.send(last);
                        }
                        stream.end();
                    }
                    case Reply.Refused _, Reply.Broken _ -> throw new IllegalStateException("checked before");
                }
            });
        } catch (ApiError e) {
            if (!stream.hasBegun()) {
                throw e;
            }
            stream.send(e.body());
        }
    }

    private Map<String, @Nullable Object> chunk(
            String id, String model, @Nullable Map<String, @Nullable Object> choice, boolean usage) {
        var chunk = envelope(id, "chat.completion.chunk", model);
        chunk.put("choices", choice == null ? List.of() : List.of(choice));
        if (usage) {
            chunk.put("usage", null);
        }
        return chunk;
    }

    private static Map<String, @Nullable Object> choice(
            int index, Map<String, ?> delta, @Nullable Object logprobs, @Nullable String reason) {
        var choice = new LinkedHashMap<String, @Nullable Object>();
        choice.put("index", index);
        choice.put("delta", delta);
        choice.put("logprobs", logprobs);
        choice.put("finish_reason", reason);
        return choice;
    }
}
