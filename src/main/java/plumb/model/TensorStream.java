package plumb.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** Answers drawn by tensors, on any device: each stream computes its own tokens. */
final class TensorStream implements AnswerStream {
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

    /** Reads the prompt. */
    TensorStream(Speaker speaker, Set<Integer> stops, AnswerBatch.Request request) {
        this.speaker = speaker;
        this.stops = stops;
        var prompt = request.prompt();
        int answers = request.answers();
        this.sampling = request.sampling();
        this.top = request.top();
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

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public boolean isDone() {
        return first.isEmpty() && IntStream.range(0, ended.length).allMatch(i -> ended[i]);
    }

    @Override
    public void end(int answer) {
        ended[answer] = true;
    }

    @Override
    public boolean hasEnded(int answer) {
        return ended[answer];
    }

    @Override
    public Optional<TokenChoice> stoppedBy(int answer) {
        return stoppedBy.get(answer);
    }

    @Override
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
