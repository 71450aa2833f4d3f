package plumb.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.json.JsonFault;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One line of chat JSONL, {@code {"messages": [{"role": …, "content": …}, …]}}, or of prompt/completion JSONL,
 * {@code {"prompt": …, "completion": …}}, where each is a text or a list of messages. What would change training and
 * cannot be honoured (tools, weights, pictures) is refused instead of ignored; other keys are notes.
 */
final class ChatLine {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Set<String> NOT_SUPPORTED = Set.of("tools", "functions", "parallel_tool_calls");

    /** What newer files call the system. */
    private static final String DEVELOPER = "developer";

    private ChatLine() {}

    /** What is wrong with a line, said so that the line number can stand in front. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    static Conversation parse(String line) throws Refused {
        var row = json(line);
        if (row.isArray()) {
            throw new Refused("is a JSON array; write one object {\"messages\": […]} per line");
        }
        for (var key : NOT_SUPPORTED) {
            if (!row.path(key).isEmpty()) {
                throw new Refused("has '" + key + "', which cannot be trained on yet; remove the row or the key");
            }
        }
        var turns = new ArrayList<Message>();
        if (row.has("messages") || !row.has("prompt")) {
            messages(row.path("messages"), turns);
        } else {
            part(row, "prompt", Role.USER, turns);
            part(row, "completion", Role.ASSISTANT, turns);
        }
        requireLearnable(turns);
        return new Conversation(turns);
    }

    private static void messages(JsonNode messages, List<Message> turns) throws Refused {
        if (!messages.isArray()) {
            throw new Refused("is not a chat: it has no list 'messages', and no 'prompt' with a 'completion'");
        }
        for (var message : messages) {
            turns.add(turn(message, turns.size() + 1));
        }
    }

    /** A prompt or a completion: one turn as a text, or several as messages. */
    private static void part(JsonNode row, String key, Role role, List<Message> turns) throws Refused {
        var part = row.path(key);
        if (part.isString()) {
            turns.add(new Message(role, part.asString()));
        } else if (part.isArray()) {
            messages(part, turns);
        } else {
            throw new Refused("has a " + key + " that is neither a text nor a list of messages");
        }
    }

    private static JsonNode json(String line) throws Refused {
        try {
            return JSON.readTree(line);
        } catch (JacksonException e) {
            throw new Refused("is not JSON: " + JsonFault.inLine(e));
        }
    }

    private static Message turn(JsonNode message, int place) throws Refused {
        if (!message.isObject()) {
            throw new Refused("has a message that is no object (message " + place + ")");
        }
        for (var entry : message.properties()) {
            checkKey(entry.getKey(), entry.getValue(), place);
        }
        return new Message(role(message.path("role"), place), content(message.path("content"), place));
    }

    /** A text, or the texts that a list of parts is made of. */
    private static String content(JsonNode content, int place) throws Refused {
        if (content.isString()) {
            return content.asString();
        }
        if (!content.isArray()) {
            throw new Refused("has a content that is no text (message " + place + "); write it as one string");
        }
        var text = new StringBuilder();
        for (var part : content) {
            if (!part.path("type").asString("").equals("text")
                    || !part.path("text").isString()) {
                throw new Refused("has a content with a part that is no text (message " + place
                        + "); only texts can be trained on");
            }
            text.append(part.path("text").asString());
        }
        return text.toString();
    }

    private static void checkKey(String key, JsonNode value, int place) throws Refused {
        boolean known = key.equals("role") || key.equals("content") || value.isNull();
        boolean plainWeight = key.equals("weight") && value.isNumber() && value.asDouble() == 1;
        if (!known && !plainWeight) {
            throw new Refused("has the key '" + key + "' in message " + place
                    + ", which cannot be trained on yet; remove the key or the row");
        }
    }

    private static Role role(JsonNode role, int place) throws Refused {
        var name = role.asString("").equals(DEVELOPER) ? Role.SYSTEM.wireName() : role.asString("");
        Optional<Role> known = List.of(Role.values()).stream()
                .filter(r -> r.wireName().equals(name))
                .findFirst();
        if (known.isEmpty()) {
            throw new Refused("has the role " + role + " (message " + place + "); known are system, user, assistant");
        }
        if (known.get() == Role.SYSTEM && place > 1) {
            throw new Refused("has a system message in the middle (message " + place + "); it must come first");
        }
        return known.get();
    }

    private static void requireLearnable(List<Message> turns) throws Refused {
        if (turns.stream().noneMatch(turn -> turn.role() == Role.ASSISTANT)) {
            throw new Refused("has no assistant turn: there is nothing to learn");
        }
        if (turns.getLast().role() != Role.ASSISTANT) {
            throw new Refused("ends with a " + turns.getLast().role().wireName() + " turn; the assistant must end it");
        }
        if (turns.stream()
                .anyMatch(
                        turn -> turn.role() == Role.ASSISTANT && turn.content().isBlank())) {
            throw new Refused("has an empty assistant turn");
        }
    }
}
