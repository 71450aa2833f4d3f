package plumb.worker;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.ChatFormat;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.model.AnswerBatch;
import plumb.model.AnswerStream;
import plumb.model.Sampling;
import plumb.wire.Command.Ask;
import plumb.wire.Command.Drawing;
import plumb.wire.Command.Prompt;
import plumb.wire.Reply;
import plumb.wire.Reply.End;

/** One request being answered, a token of every answer at each {@link #step}. */
final class Answering implements AutoCloseable {
    /** Tokens of all answers of one request, with their prompts: what its caches may hold. */
    static final int MOST_PLACES = 1 << 16;

    private final Ask ask;
    private final LoadedModels.Loaded model;
    private final Tokens tokens;
    private final Consumer<Reply> out;
    private final int[] prompt;
    private final AnswerText[] texts;
    private final boolean[] ended;
    private final @Nullable AnswerStream stream;
    private int drawn;

    /**
     * Reads the prompt.
     *
     * @throws BadInput when it does not fit the model
     */
    Answering(Ask ask, LoadedModels models, Consumer<Reply> out) {
        this.ask = ask;
        this.out = out;
        var format = models.base().format();
        this.tokens = new Tokens(format.tokenizer());
        this.prompt = ids(ask.prompt(), format);
        var drawing = ask.sampling();
        int most = places(drawing, models.base().decoder().config().maxPositions(), prompt.length);
        this.texts = Stream.generate(() -> new AnswerText(format.tokenizer(), drawing.stop()))
                .limit(drawing.answers())
                .toArray(AnswerText[]::new);
        this.ended = new boolean[drawing.answers()];
        this.model = models.use(ask.adapter());
        try {
            echo();
            this.stream = most == 0 ? null : stream(models.batch(), most);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private AnswerStream stream(AnswerBatch batch, int most) {
        var drawing = ask.sampling();
        var sampling = new Sampling(drawing.temperature(), drawing.topP(), most, drawing.seed());
        return batch.open(model.speaker(), new AnswerBatch.Request(prompt, drawing.answers(), sampling, top()));
    }

    long id() {
        return ask.id();
    }

    Ask ask() {
        return ask;
    }

    private int top() {
        return Objects.requireNonNullElse(ask.sampling().top(), -1);
    }

    private static int[] ids(Prompt prompt, ChatFormat format) {
        var turns = prompt.turns();
        var given = prompt.tokens();
        int[] ids;
        if (turns != null) {
            ids = format.prompt(new Conversation(turns.stream()
                    .map(turn -> new Message(role(turn.role()), turn.content()))
                    .toList()));
        } else if (given != null) {
            ids = given.stream().mapToInt(Integer::intValue).toArray();
            int size = format.tokenizer().size();
            if (IntStream.of(ids).anyMatch(id -> id < 0 || id >= size)) {
                throw new BadInput("a token of the prompt is not in this model's vocabulary of " + size);
            }
        } else {
            ids = format.tokenizer().encode(Objects.requireNonNullElse(prompt.text(), ""));
        }
        if (ids.length == 0) {
            throw new BadInput("the prompt is empty");
        }
        return ids;
    }

    private static Role role(String name) {
        return Stream.of(Role.values())
                .filter(role -> role.wireName().equals(name))
                .findFirst()
                .orElseThrow(() -> new BadInput("unknown role " + name));
    }

    private static int places(Drawing drawing, int positions, int prompt) {
        int free = positions - prompt;
        int share = Math.min(free, MOST_PLACES / drawing.answers() - prompt);
        int wanted = Objects.requireNonNullElse(drawing.maxTokens(), Math.max(1, share));
        if (wanted > free) {
            throw new TooLong("This model's maximum context length is " + positions + " tokens. However, you requested "
                    + (prompt + wanted) + " tokens (" + prompt + " in the prompt, " + wanted
                    + " in the answer). Please reduce the length of either one.");
        }
        if (wanted > share) {
            throw new BadInput(drawing.answers() + " answers of " + wanted + " tokens to a prompt of " + prompt
                    + " need more than " + MOST_PLACES + " places at once; ask for fewer or shorter answers");
        }
        return wanted;
    }

    /** A prompt and its answers need more places than the model has. */
    static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLong(String message) {
            super(message);
        }
    }

    private void echo() {
        if (!ask.sampling().echo()) {
            return;
        }
        var scored = tokens.scored(model.speaker(), prompt, top());
        var text = tokens.tokenizer().decodeWithSpecials(prompt);
        for (int i = 0; i < texts.length; i++) {
            out.accept(new Reply.Piece(id(), i, text, scored));
        }
    }

    /** Passes on the token of every answer that the batch has drawn; false when all is said. */
    boolean step() {
        if (stream == null || stream.isDone()) {
            for (int i = 0; i < texts.length; i++) {
                end(i, End.LENGTH, null);
            }
            out.accept(new Reply.Done(id(), prompt.length, drawn));
            return false;
        }
        if (!stream.isReady()) {
            return true; // its prompt is still being read
        }
        var next = stream.next();
        for (int i = 0; i < texts.length; i++) {
            if (!ended[i]) {
                take(i, next.get(i).orElse(null), stream);
            }
        }
        return true;
    }

    private void take(int answer, plumb.model.@Nullable TokenChoice choice, AnswerStream from) {
        if (choice == null) {
            end(answer, End.STOP, from.stoppedBy(answer).map(tokens::reported).orElse(null));
            return;
        }
        drawn++;
        texts[answer].add(choice.id(), tokens.reported(choice));
        if (texts[answer].isStopped()) {
            from.end(answer);
            end(answer, End.STOP, null);
        } else if (from.hasEnded(answer)) {
            end(answer, End.LENGTH, null);
        } else {
            give(answer, false);
        }
    }

    private void end(int answer, End end, Reply.@Nullable Token stop) {
        if (!ended[answer]) {
            ended[answer] = true;
            give(answer, true);
            out.accept(new Reply.Ended(id(), answer, end, stop));
        }
    }

    private void give(int answer, boolean last) {
        Optional.of(texts[answer].ready(last))
                .filter(ready -> !ready.isEmpty())
                .ifPresent(ready -> out.accept(new Reply.Piece(id(), answer, ready.text(), ready.tokens())));
    }

    @Override
    public void close() {
        if (stream != null) {
            stream.close();
        }
        model.close();
    }
}
