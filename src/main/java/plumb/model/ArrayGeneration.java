package plumb.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.model.arrays.ArrayDecoder;
import plumb.model.arrays.NextToken;
import plumb.model.arrays.Pass;
import plumb.model.arrays.Past;
import plumb.model.arrays.PastMemory;
import plumb.torch.Crew;

/**
 * Sampling on a CPU: all answers by one crew, or one thread's share of them. A row that ends makes place for one that waits, so that the batch stays
 * full (continuous batching: Yu et al., OSDI 2022, "Orca"); prompts are read in pieces beside the rows that already answer.
 * Rows come in lexicographic order of their prompts, so that the prompt before shares the longest beginning with the next.
 */
final class ArrayGeneration {
    /** Rows decoded together: enough to fill the matrix products, few enough for their pasts to stay near the core. */
    private static final int ROWS = 128;
    /** Prompt tokens read in one pass, for each of those who share it. */
    private static final int READING = 512;

    private final ArrayDecoder decoder;
    private final Set<Integer> stops;
    private final Sampling sampling;
    private final Pass pass;
    private final int reading;
    private final ThreadLocal<NextToken> samplers;
    private final long budget;
    private @Nullable Row latest; // whose beginning the next row may share

    /**
     * @param budget bytes that the pasts of the rows being decoded may take
     * @param crew who takes parts of each pass
     */
    ArrayGeneration(ArrayDecoder decoder, Set<Integer> stops, Sampling sampling, long budget, Crew crew) {
        this.decoder = decoder;
        this.stops = stops;
        this.sampling = sampling;
        this.pass = new Pass(decoder, crew);
        this.reading = READING * crew.size();
        this.samplers = ThreadLocal.withInitial(() -> new NextToken(sampling.temperature(), sampling.topP()));
        this.budget = budget;
    }

    static final java.util.Comparator<Answer> BY_PROMPT = (a, b) -> Arrays.compare(a.prompt(), b.prompt());

    /** A row being decoded. */
    private static final class Row {
        private final Answer answer;
        private final Past past;
        private final long bytes; // that its own past may come to
        private int read; // tokens of its prompt, those it shares included

        private Row(Answer answer, Past past, long bytes) {
            this.answer = answer;
            this.past = past;
            this.read = past.end();
            this.bytes = bytes;
        }

        /** Its next tokens, at most so many of its prompt. */
        private Pass.Span next(int most) {
            var prompt = answer.prompt();
            if (read == prompt.length) {
                return new Pass.Span(past, new int[] {answer.last()}, true);
            }
            int from = read;
            read = Math.min(prompt.length, from + most);
            return new Pass.Span(past, Arrays.copyOfRange(prompt, from, read), read == prompt.length);
        }

        private boolean reading() {
            return read < answer.prompt().length;
        }
    }

    /** Completes all answers, which come in the order of {@link #BY_PROMPT}. */
    void complete(List<Answer> answers) {
        try (var memory = decoder.memory()) {
            var rows = new ArrayList<Row>();
            var waiting = new ArrayDeque<>(answers);
            while (!waiting.isEmpty() || !rows.isEmpty()) {
                while (!waiting.isEmpty() && fits(waiting.element(), rows)) {
                    rows.add(admitted(waiting.remove(), memory));
                }
                step(rows);
                rows.removeIf(ArrayGeneration::left);
            }
        }
    }

    private boolean fits(Answer next, List<Row> rows) {
        return rows.isEmpty() || (rows.size() < ROWS && taken(rows) + bytes(next) <= budget);
    }

    private static long taken(List<Row> rows) {
        return rows.stream().mapToLong(row -> row.bytes).sum();
    }

    /** That the answer's own past may come to. */
    private long bytes(Answer answer) {
        return (room(answer) + Past.copied(shared(answer))) * decoder.bytesPerToken();
    }

    /** Tokens that the answer's row reads itself. */
    private int room(Answer answer) {
        return answer.prompt().length - shared(answer) + sampling.maxNewTokens();
    }

    /** Tokens that the answer's row has in common with the one before it: not the last one, since what follows it is asked. */
    private int shared(Answer answer) {
        var prompt = answer.prompt();
        return latest == null ? 0 : Math.min(prompt.length - 1, common(prompt, latest.answer.prompt()));
    }

    private Row admitted(Answer answer, PastMemory memory) {
        int room = room(answer);
        var past = latest == null ? memory.past(room) : latest.past.fork(shared(answer), room);
        var row = new Row(answer, past, bytes(answer));
        if (latest != null) {
            latest.past.release();
        }
        past.hold(); // while the next row may continue behind it
        latest = row;
        return row;
    }

    /** Whether the row has ended; its past then serves another one. */
    private static boolean left(Row row) {
        if (row.answer.ended()) {
            row.past.release();
        }
        return row.answer.ended();
    }

    private static int common(int[] a, int[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    private void step(List<Row> rows) {
        var asked = new ArrayList<Row>();
        var spans = new ArrayList<Pass.Span>();
        int left = reading;
        for (var row : rows) {
            if (!row.reading() || left > 0) {
                int unread = row.answer.prompt().length - row.read;
                spans.add(row.next(left));
                asked.add(row);
                left -= Math.min(unread, left);
            }
        }
        pass.read(spans, (span, logits, offset) -> take(asked.get(span).answer, logits, offset));
    }

    private void take(Answer answer, float[] logits, int offset) {
        int vocabulary = decoder.vocabulary();
        if (answer.length() == 0 && !finite(logits, offset, vocabulary)) {
            throw Generator.notFinite();
        }
        answer.take(samplers.get().choose(logits, offset, vocabulary, answer.draw()), stops, sampling.maxNewTokens());
    }

    private static boolean finite(float[] logits, int offset, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += logits[offset + i] * 0;
        }
        return sum == 0;
    }
}
