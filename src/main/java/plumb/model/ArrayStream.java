package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.model.arrays.ArrayAdapter;
import plumb.model.arrays.NextToken;
import plumb.model.arrays.Pass.Span;
import plumb.model.arrays.Past;
import plumb.model.arrays.PastMemory;

/**
 * Answers of one request among those of an {@link AnswerBatch}, which reads their tokens beside those of other requests. The
 * prompt is read once; the other answers go on behind it.
 */
final class ArrayStream implements AnswerStream {
    private final PastMemory memory;
    private final Set<Integer> stops;
    private final Sampling sampling;
    private final int top;
    private final ThreadLocal<NextToken> samplers;
    private final List<Row> rows = new ArrayList<>();
    private List<Optional<TokenChoice>> drawn;
    private boolean ready;
    private boolean closed;
    private @Nullable RuntimeException failure;

    /** An answer and what it has read. */
    private final class Row {
        private final Answer answer;
        private final Past past;
        private int read;
        private boolean ended;
        private @Nullable TokenChoice stop;

        private Row(Answer answer, Past past) {
            this.answer = answer;
            this.past = past;
            this.read = past.end();
        }

        private int unread() {
            return answer.prompt().length - read;
        }

        /** What it reads next, at most so many tokens of its prompt. */
        private Span next(int most, @Nullable ArrayAdapter adapter) {
            if (unread() == 0) {
                return new Span(past, new int[] {answer.last()}, true, adapter);
            }
            int from = read;
            read += Math.min(unread(), most);
            return new Span(past, Arrays.copyOfRange(answer.prompt(), from, read), unread() == 0, adapter);
        }

        private Optional<TokenChoice> take(float[] logits, int offset, int vocabulary) {
            var likely = top < 0 ? new float[0] : logProbabilities(logits, offset, vocabulary);
            int id = samplers.get().choose(logits, offset, vocabulary, answer.draw());
            var choice = top < 0 ? TokenChoice.plain(id) : TokenChoice.of(likely, 0, vocabulary, id, top);
            answer.take(id, stops, sampling.maxNewTokens());
            ended = answer.ended();
            if (stops.contains(id)) {
                stop = choice;
                return Optional.empty();
            }
            return Optional.of(choice);
        }
    }

    /** @param memory its own, given back when it is closed */
    ArrayStream(PastMemory memory, Set<Integer> stops, AnswerBatch.Request request) {
        this.memory = memory;
        this.stops = stops;
        this.sampling = request.sampling();
        this.top = request.top();
        var prompt = request.prompt();
        this.samplers = ThreadLocal.withInitial(() -> new NextToken(sampling.temperature(), sampling.topP()));
        var first = memory.past(prompt.length + sampling.maxNewTokens());
        for (int i = 0; i < request.answers(); i++) {
            var past = i == 0 ? first : first.fork(prompt.length - 1, 1 + sampling.maxNewTokens());
            rows.add(new Row(new Answer(i, prompt, sampling.seed()), past));
        }
        this.drawn = nothing();
    }

    private List<Optional<TokenChoice>> nothing() {
        return new ArrayList<>(Collections.nCopies(rows.size(), Optional.empty()));
    }

    /** Where the logits of a row's span go. */
    record Turn(ArrayStream stream, int answer) {
        /** The answer's next token is drawn from these logits, which are written over, on whatever thread. */
        void take(float[] logits, int offset, int vocabulary) {
            stream.take(answer, logits, offset, vocabulary);
        }
    }

    /**
     * Says what it wants to read in the next pass.
     *
     * @param most tokens of prompts that may still be read in it
     * @return how many of these are left
     */
    int ask(@Nullable ArrayAdapter adapter, List<Turn> turns, List<Span> spans, int most) {
        int left = most;
        for (int i = 0; i < rows.size() && !isWaiting(i, left); i++) {
            var row = rows.get(i);
            if (!row.ended) {
                int before = left;
                left -= Math.min(row.unread(), left);
                spans.add(row.next(before, adapter));
                turns.add(new Turn(this, i));
            }
        }
        return left;
    }

    /** Whether this answer's turn has not come: what it begins with is still to be read, or there is no room for its prompt. */
    private boolean isWaiting(int answer, int left) {
        return rows.get(answer).unread() > 0
                && (left == 0 || (answer > 0 && rows.getFirst().unread() > 0));
    }

    private void take(int answer, float[] logits, int offset, int vocabulary) {
        var row = rows.get(answer);
        if (row.answer.length() == 0 && !Float.isFinite(sum(logits, offset, vocabulary))) {
            failure = Generator.notFinite();
        } else {
            drawn.set(answer, row.take(logits, offset, vocabulary));
        }
        ready = true;
    }

    private static float sum(float[] logits, int offset, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += logits[offset + i] * 0;
        }
        return sum;
    }

    private static float[] logProbabilities(float[] logits, int offset, int vocabulary) {
        var likely = Arrays.copyOfRange(logits, offset, offset + vocabulary);
        float most = Float.NEGATIVE_INFINITY;
        for (float logit : likely) {
            most = Math.max(most, logit);
        }
        double total = 0;
        for (float logit : likely) {
            total += Math.exp(logit - most);
        }
        float all = (float) (most + Math.log(total));
        for (int i = 0; i < vocabulary; i++) {
            likely[i] -= all;
        }
        return likely;
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public boolean isDone() {
        return !ready && rows.stream().allMatch(row -> row.ended);
    }

    @Override
    public void end(int answer) {
        rows.get(answer).ended = true;
    }

    @Override
    public boolean hasEnded(int answer) {
        return rows.get(answer).ended;
    }

    @Override
    public Optional<TokenChoice> stoppedBy(int answer) {
        return Optional.ofNullable(rows.get(answer).stop);
    }

    @Override
    public List<Optional<TokenChoice>> next() {
        if (failure != null) {
            throw failure;
        }
        var next = drawn;
        drawn = nothing();
        ready = false;
        return next;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        memory.close();
    }
}
