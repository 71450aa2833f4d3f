package plumb.model.arrays;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.torch.Blas;
import plumb.torch.Blas.Matrix;
import plumb.torch.Crew;

/**
 * Passes of new tokens through a decoder: whole prompts, parts of prompts and single tokens of many rows at once. A row may
 * continue, in the same pass, behind a beginning that another row reads there. A pass is one thread's, whose crew, if it has
 * one, takes parts of the products, of attention and of what reads the logits.
 */
public final class Pass {
    /** Logits held at once, in floats: 64 MB. */
    private static final int LOGITS = 1 << 24;

    private final ArrayDecoder decoder;
    private final Crew crew;
    private final List<Hand> hands;
    private Buffers buffers;
    private int room;
    private float[] logits = new float[0];
    private List<Stretch> stretches = List.of();
    private List<Voice> voices = List.of();
    private int tokens;
    private int[] positions = new int[0]; // of the tokens
    private final Map<Rotation, Rotation.Table> angles = new HashMap<>();

    /** On the calling thread alone. */
    public Pass(ArrayDecoder decoder) {
        this(decoder, Crew.alone());
    }

    /** @param crew of no other pass that is read at the same time */
    public Pass(ArrayDecoder decoder, Crew crew) {
        this.decoder = decoder;
        this.crew = crew;
        this.hands =
                IntStream.range(0, crew.size()).mapToObj(_ -> Hand.of(decoder)).toList();
        this.buffers = new Buffers(decoder.config(), 0);
    }

    /**
     * New tokens of one row.
     *
     * @param wanted whether somebody asks what follows the last of them
     * @param adapter beside the weights; best if spans with the same one stand together
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Span(
            Past past,
            int[] tokens,
            boolean wanted,
            @Nullable ArrayAdapter adapter) {
        /** Of the model as it is. */
        public Span(Past past, int[] tokens, boolean wanted) {
            this(past, tokens, wanted, null);
        }
    }

    /** What a thread of the crew computes in. */
    record Hand(Exponentials exponentials, Attention attention, Weight.Tile tile) {
        private static Hand of(ArrayDecoder decoder) {
            var exponentials = new Exponentials();
            var attention = new Attention(decoder.config(), decoder.blas(), exponentials);
            return new Hand(exponentials, attention, new Weight.Tile());
        }
    }

    /** What the crew does, part by part. */
    interface Work {
        void take(Hand hand, int part);
    }

    /** Neighbouring tokens of a pass that are read with an adapter. */
    record Voice(ArrayAdapter adapter, int from, int count) {}

    /** Sees what follows a span; on several threads at a time, where the pass has a crew. */
    public interface Reader {
        /**
         * One wanted span's turn.
         *
         * @param span its number in the pass
         * @param logits of the next token, from {@code offset} on, in an array that may be written over
         */
        void read(int span, float[] logits, int offset);
    }

    /** Reads the spans; afterwards their pasts hold them. A past must come after the one it was forked from. */
    public void read(List<Span> spans, Reader reader) {
        embed(spans);
        var blocks = decoder.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            blocks.get(i).remember(this);
            if (i == blocks.size() - 1) {
                narrow(spans); // nobody asks for the last block's other states
            }
            if (tokens > 0) {
                blocks.get(i).finish(this);
            }
        }
        head(spans, reader);
    }

    private void embed(List<Span> spans) {
        tokens = spans.stream().mapToInt(span -> span.tokens().length).sum();
        if (tokens > room) {
            room = tokens;
            buffers = new Buffers(decoder.config(), room);
        }
        stretches = new ArrayList<>();
        voices = new ArrayList<>();
        int at = 0;
        for (var span : spans) {
            hear(span.adapter(), at, span.tokens().length);
            span.past().extend(span.tokens().length);
            stretches.add(new Stretch(span.past(), span.past().pieces(), span.tokens().length, at));
            for (int token : span.tokens()) {
                decoder.embed(token, buffers.x, at++ * decoder.config().hiddenSize());
            }
        }
        positions = positions();
    }

    /** Notes who reads these tokens; neighbours with the same adapter are read together. */
    private void hear(@Nullable ArrayAdapter adapter, int from, int count) {
        var last = voices.isEmpty() ? null : voices.getLast();
        if (last != null && last.adapter() == adapter && last.from() + last.count() == from) {
            voices.set(voices.size() - 1, new Voice(last.adapter(), last.from(), last.count() + count));
        } else if (adapter != null) {
            voices.add(new Voice(adapter, from, count));
        }
    }

    /** Keeps the last token of the spans somebody asks for. */
    private void narrow(List<Span> spans) {
        int size = decoder.config().hiddenSize();
        var kept = new ArrayList<Stretch>();
        voices = new ArrayList<>();
        for (int i = 0; i < spans.size(); i++) {
            if (spans.get(i).wanted()) {
                hear(spans.get(i).adapter(), kept.size(), 1);
                var stretch = stretches.get(i);
                int from = (stretch.offset() + stretch.count() - 1) * size;
                System.arraycopy(buffers.x, from, buffers.x, kept.size() * size, size);
                System.arraycopy(buffers.normed, from, buffers.normed, kept.size() * size, size);
                kept.add(stretch.last(kept.size()));
            }
        }
        stretches = kept;
        tokens = kept.size();
        positions = positions();
    }

    private void head(List<Span> spans, Reader reader) {
        var config = decoder.config();
        var b = buffers;
        Elementwise.rmsNorm(b.x, decoder.finalNorm(), config.normEpsilon(), b.normed, tokens);
        int vocabulary = decoder.head().out();
        int most = Math.max(1, Math.min(tokens, LOGITS / vocabulary));
        if (logits.length < most * vocabulary) {
            logits = new float[most * vocabulary];
        }
        var wanted = IntStream.range(0, spans.size())
                .filter(i -> spans.get(i).wanted())
                .toArray();
        for (int first = 0; first < tokens; first += most) {
            int count = Math.min(most, tokens - first);
            var states = Matrix.of(b.normed, first * config.hiddenSize(), count, config.hiddenSize());
            decoder.head().apply(this, states, Matrix.of(logits, 0, count, vocabulary));
            int from = first;
            each(count, (_, i) -> reader.read(wanted[from + i], logits, i * vocabulary));
        }
    }

    /** Rotates the heads of the pass's tokens: [tokens, heads, headDim]. */
    void rotate(int layer, float[] x, int heads) {
        var rotation = decoder.rotation(layer);
        rotation.rotate(x, heads, positions, angles.computeIfAbsent(rotation, _ -> new Rotation.Table()));
    }

    private int[] positions() {
        var positions = new int[tokens];
        for (var stretch : stretches) {
            for (int i = 0; i < stretch.count(); i++) {
                positions[stretch.offset() + i] = stretch.position() + i;
            }
        }
        return positions;
    }

    List<Voice> voices() {
        return voices;
    }

    List<Stretch> stretches() {
        return stretches;
    }

    int tokens() {
        return tokens;
    }

    Buffers buffers() {
        return buffers;
    }

    /** How many take parts. */
    int threads() {
        return crew.size();
    }

    /** Has the crew do all parts, and returns when they are done. */
    void each(int parts, Work work) {
        crew.each(parts, (member, part) -> work.take(hands.get(member), part));
    }

    /** What the crew does with the places {@code from} up to, not with, {@code to}. */
    interface SomeWork {
        void take(Hand hand, int from, int to);
    }

    /** Has the crew do all {@code count} places, at most {@code most} of them at once; one thread does them in one go. */
    void eachSome(int count, int most, SomeWork work) {
        int some = threads() > 1 ? most : Math.max(1, count);
        each(
                Math.ceilDiv(count, some),
                (hand, part) -> work.take(hand, part * some, Math.min(count, (part + 1) * some)));
    }

    Blas blas() {
        return decoder.blas();
    }
}
