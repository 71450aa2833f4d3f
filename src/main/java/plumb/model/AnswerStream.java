package plumb.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * Several answers to one prompt, a token at a time, for readers who want to see them grow. The answers are those that
 * {@link Generator} gives for as many copies of the prompt and the same sampling, from the merged model when there is an
 * adapter (up to rounding). Belongs to one thread.
 */
public final class AnswerStream implements AutoCloseable {
    private final Speaker speaker;
    private final Set<Integer> stops;
    private final Sampling sampling;
    private final int top;
    private final int prompt;
    private final List<Answer> rows;
    private final long[] last;
    private final boolean[] ended;
    private final List<Optional<TokenChoice>> stoppedBy;
    private final TensorCache cache;
    private List<Optional<TokenChoice>> first;
    private int taken;

    /**
     * Who answers.
     *
     * @param decoder whose weights any number of speakers share
     * @param adapter beside them; none: the model as it is
     */
    public record Speaker(Decoder decoder, @Nullable Adapter adapter) {}

    /**
     * Reads the prompt.
     *
     * @param stops tokens that end an answer; they are not part of it
     * @param prompt at least one token; with the answers it must fit the model's positions
     * @param answers how many
     * @param top how many alternatives to name at every place; negative: no log-probabilities at all
     */
    public AnswerStream(Speaker speaker, Set<Integer> stops, int[] prompt, int answers, Sampling sampling, int top) {
        this.speaker = speaker;
        this.stops = stops;
        this.sampling = sampling;
        this.top = top;
        this.prompt = prompt.length;
        this.rows = IntStream.range(0, answers)
                .mapToObj(i -> new Answer(i, prompt, sampling.seed()))
                .toList();
        this.last = new long[answers];
        this.ended = new boolean[answers];
        this.stoppedBy = new ArrayList<>(Collections.nCopies(answers, Optional.empty()));
        int capacity = prompt.length + sampling.maxNewTokens();
        var decoder = speaker.decoder();
        decoder.grow(capacity);
        try (var _ = Autograd.pause();
                var _ = new Scope();
                var read = TensorCache.empty(decoder, 1, prompt.length)) {
            var batch = new Batch(List.of(new Batch.Row(prompt, new boolean[prompt.length], false)));
            var hidden = decoder.prefill(batch, read, speaker.adapter()); // [1, hidden]
            if (!hidden.allFinite()) {
                throw Generator.notFinite();
            }
            var copies = new long[answers];
            this.first = sample(hidden.indexSelect(0, Tensor.of(copies, answers).to(decoder.device())));
            this.cache = read.rows(copies, capacity);
        }
    }

    /** Whether every answer has ended. */
    public boolean isDone() {
        return first.isEmpty() && IntStream.range(0, ended.length).allMatch(i -> ended[i]);
    }

    /** Ends an answer here. */
    public void end(int answer) {
        ended[answer] = true;
    }

    /** Whether this answer was ended by a stop token, by {@link #end}, or by its length. */
    public boolean hasEnded(int answer) {
        return ended[answer];
    }

    /** The stop token that ended this answer, if one did. */
    public Optional<TokenChoice> stoppedBy(int answer) {
        return stoppedBy.get(answer);
    }

    /** The next token of every answer that goes on; nothing for one that has ended, or ends here with a stop token. */
    public List<Optional<TokenChoice>> next() {
        var next = first;
        if (!next.isEmpty()) {
            first = List.of();
        } else {
            try (var _ = Autograd.pause();
                    var _ = new Scope()) {
                var positions = new long[last.length];
                java.util.Arrays.fill(positions, prompt + taken - 1L);
                next = sample(
                        speaker.decoder().decode(tokens(), positions, cache, speaker.adapter())); // [answers, hidden]
            }
        }
        taken++;
        if (taken == sampling.maxNewTokens()) {
            java.util.Arrays.fill(ended, true);
        }
        return next;
    }

    /** The last of every answer: [answers] */
    private Tensor tokens() {
        return Tensor.of(last, last.length).to(speaker.decoder().device());
    }

    /** Draws from the final states: [answers, hidden] */
    private List<Optional<TokenChoice>> sample(Tensor hidden) {
        var logits = hidden.linear(speaker.decoder().head()).to(Dtype.F32); // [answers, vocabulary]
        var draws = new float[last.length];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = ended[i] ? 0.5f : rows.get(i).draw();
        }
        var chosen = TokenSampler.choose(logits, draws, sampling);
        var tokens = new ArrayList<>(Collections.nCopies(draws.length, Optional.<TokenChoice>empty()));
        var logProbabilities = top < 0 ? new float[0] : logits.logSoftmax(-1).floats();
        for (int i = 0; i < draws.length; i++) {
            if (!ended[i]) {
                last[i] = chosen[i];
                ended[i] = stops.contains((int) chosen[i]);
                (ended[i] ? stoppedBy : tokens)
                        .set(i, Optional.of(choice(logProbabilities, i, (int) chosen[i], (int) logits.size(1))));
            }
        }
        return tokens;
    }

    private TokenChoice choice(float[] logProbabilities, int row, int id, int vocabulary) {
        return top < 0 ? TokenChoice.plain(id) : TokenChoice.of(logProbabilities, row, vocabulary, id, top);
    }

    @Override
    public void close() {
        cache.close();
    }
}
