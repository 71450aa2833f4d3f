package plumb.chat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ForkJoinPool;
import plumb.chat.jinja.Rendering.Span;

/**
 * How a model reads conversations: its chat template, its tokenizer and the tokens that end an answer. Which tokens
 * count in the loss follows from the rendered template, and a row in which none would count is refused: a wrong mask
 * trains silently and looks healthy.
 */
public final class ChatFormat implements AutoCloseable {
    /** Whose words are learned. */
    public enum Turns {
        ALL,
        LAST
    }

    /** Conversations that are worth a second thread: some milliseconds of work. */
    private static final int MANY = 64;

    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final Set<Integer> stopIds;

    /** Takes over the tokenizer. The token with which the template ends an assistant turn is a stop id too. */
    public ChatFormat(ChatTemplate template, Tokenizer tokenizer, Set<Integer> stopIds) {
        this.template = template;
        this.tokenizer = tokenizer;
        var all = new TreeSet<>(stopIds);
        all.addAll(turnEnd());
        this.stopIds = Collections.unmodifiableSet(all);
    }

    /** The format of the model in a Hugging Face folder. */
    public static ChatFormat read(Path folder) {
        var texts = new ModelTexts(folder);
        var tokenizer = Tokenizer.read(folder.resolve("tokenizer.json"));
        try {
            return new ChatFormat(texts.template(), tokenizer, texts.stopIds(tokenizer));
        } catch (BadInput e) {
            tokenizer.close();
            throw e;
        }
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** Sampling ends at any of these. */
    public Set<Integer> stopIds() {
        return stopIds;
    }

    /** What the model is shown when it should answer this conversation. */
    public String renderedPrompt(Conversation conversation) {
        return template.render(conversation.messages(), true).text();
    }

    /** The tokens of {@link #renderedPrompt}. */
    public int[] prompt(Conversation conversation) {
        return tokenizer.encode(renderedPrompt(conversation));
    }

    /** {@link #prompt} of each, in order, by so many threads. */
    public List<int[]> prompts(List<Conversation> conversations, int threads) {
        if (threads == 1 || conversations.size() < MANY) {
            return conversations.stream().map(this::prompt).toList();
        }
        try (var pool = new ForkJoinPool(threads)) {
            return pool.submit(() ->
                            conversations.parallelStream().map(this::prompt).toList())
                    .join();
        }
    }

    /** As {@link #training(Conversation, Turns)} with all assistant turns. */
    public Rendered training(Conversation conversation) {
        return training(conversation, Turns.ALL);
    }

    /**
     * A conversation to learn from; its mask marks the assistant's words and the tokens that end its turns.
     * {@link BadInput} if there are none, or if a message holds one of the model's special tokens.
     */
    public Rendered training(Conversation conversation, Turns turns) {
        refuseSpecials(conversation);
        var said = AssistantSpans.of(template, conversation);
        var spans =
                said.of(turns).stream().map(span -> whole(said.text(), span)).toList();
        var encoded = encode(said.text(), spans);
        var mask = new boolean[encoded.ids().length];
        spans.forEach(span -> mark(encoded, span, mask));
        var rendered = new Rendered(said.text(), encoded.ids(), mask, said.omissions(conversation));
        if (rendered.targets() == 0) {
            throw new BadInput("this conversation has no assistant text to learn from: it needs an assistant turn, and"
                    + " the chat template must write it");
        }
        return rendered;
    }

    /** The prompt followed by these very words; the mask marks the words. No turn end is added. */
    public Rendered continuation(Conversation prompt, String answer) {
        var before = renderedPrompt(prompt);
        var text = before + answer;
        var span = new Span(before.length(), text.length());
        var encoded = encode(text, List.of(span));
        var mask = new boolean[encoded.ids().length];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = encoded.starts()[i] >= span.start();
        }
        return new Rendered(text, encoded.ids(), mask);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    /** A special token inside a message would end a turn or begin another, and nobody would see it. */
    private void refuseSpecials(Conversation conversation) {
        for (var message : conversation.messages()) {
            for (var special : tokenizer.specials()) {
                if (message.content().contains(special)) {
                    throw new BadInput("a " + message.role().wireName() + " message contains " + special
                            + ", which this model reads as structure, not as text; remove it or drop the row");
                }
            }
        }
    }

    /** The special token that follows an assistant's words, if the template writes one. */
    private List<Integer> turnEnd() {
        var words = "Hello\uE000"; // a private-use character: no template says it itself
        var text = template.render(List.of(new Message(Role.USER, "Hi"), new Message(Role.ASSISTANT, words)), false)
                .text();
        int end = text.lastIndexOf(words.charAt(words.length() - 1)) + 1;
        if (end == 0) {
            return List.of(); // the words are not written: enough to be asked, and training refuses its rows
        }
        var rest = text.substring(end).strip();
        var ids = tokenizer.encode(rest);
        boolean special = ids.length > 0 && tokenizer.specials().stream().anyMatch(token -> rest.startsWith(token));
        return special ? List.of(ids[0]) : List.of();
    }

    /** A span that would end inside a special token ends before it. */
    private Span whole(String text, Span span) {
        for (var special : tokenizer.specials()) {
            for (int at = span.end() - 1; at > span.end() - special.length() && at >= span.start(); at--) {
                if (text.startsWith(special, at)) {
                    return new Span(span.start(), at);
                }
            }
        }
        return span;
    }

    /**
     * Marks the tokens that begin in the span, up to the last stop token in it; when it holds none and one follows, that
     * one too.
     */
    private void mark(Encoded encoded, Span span, boolean[] mask) {
        int first = -1;
        int end = 0;
        int stop = -1;
        for (int i = 0; i < mask.length; i++) {
            if (encoded.starts()[i] >= span.start() && encoded.starts()[i] < span.end()) {
                first = first < 0 ? i : first;
                end = i + 1;
                stop = stopIds.contains(encoded.ids()[i]) ? i : stop;
            }
        }
        if (first < 0) {
            return;
        }
        boolean stopFollows = stop < 0 && end < mask.length && stopIds.contains(encoded.ids()[end]);
        int until = stop >= 0 ? stop + 1 : stopFollows ? end + 1 : end;
        for (int i = first; i < until; i++) {
            mask[i] = true;
        }
    }

    /** Tokens of the text in which none lies across the border of a span, as in sampling, where the prompt stands alone. */
    private Encoded encode(String text, List<Span> spans) {
        var encoded = tokenizer.encodeWithOffsets(text);
        var cuts = new TreeSet<Integer>();
        for (var span : spans) {
            for (int border : List.of(span.start(), span.end())) {
                if (isCrossed(encoded, border)) {
                    cuts.add(border);
                }
            }
        }
        if (cuts.isEmpty()) {
            return encoded;
        }
        cuts.add(text.length());
        var parts = new ArrayList<Encoded>();
        int from = 0;
        for (int cut : cuts) {
            parts.add(tokenizer.encodeWithOffsets(text.substring(from, cut)).movedBy(from));
            from = cut;
        }
        return Encoded.joined(parts);
    }

    private static boolean isCrossed(Encoded encoded, int border) {
        for (int i = 0; i < encoded.ids().length; i++) {
            if (encoded.starts()[i] < border && border < encoded.ends()[i]) {
                return true;
            }
        }
        return false;
    }
}
