package plumb.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.model.AnswerStream.Speaker;
import plumb.model.ArrayStream.Turn;
import plumb.model.arrays.ArrayAdapter;
import plumb.model.arrays.ArrayDecoder;
import plumb.model.arrays.Pass;
import plumb.model.arrays.Pass.Span;
import plumb.torch.Crew;
import plumb.torch.Torch;

/**
 * Answers to many requests over one base model, a token of every answer at each {@link #step}: requests that came at different
 * times, of different adapters, share every product with the base's weights (Yu et al., OSDI 2022, "Orca"; Sheng et al., arXiv
 * 2311.03285, "S-LoRA"). Cores share the products of a large model. On devices where tensors decode, each stream computes by itself. Belongs to one thread.
 */
public final class AnswerBatch implements AutoCloseable {
    /** Tokens of prompts read in one step: a long prompt delays nobody by more. */
    private static final int READING = 512;

    private final Set<Integer> stops;
    private final @Nullable ArrayDecoder arrays;
    private final Crew crew;
    private final @Nullable Pass pass;
    private final int reading;
    private final List<Voice> voices = new ArrayList<>();

    /** Those whose answers are drawn with the same adapter, if any. */
    private record Voice(
            @Nullable Adapter adapter, @Nullable ArrayAdapter factors, List<ArrayStream> streams) {}

    /** @param stops tokens that end an answer; they are not part of it */
    public AnswerBatch(Decoder decoder, Set<Integer> stops) {
        this(decoder, stops, READING, Crew.of(ArrayDecoder.isLarge(decoder.weights()) ? Torch.threads() : 1));
    }

    /**
     * With other means.
     *
     * @param reading tokens of prompts read in one step
     * @param crew its own from now on
     */
    AnswerBatch(Decoder decoder, Set<Integer> stops, int reading, Crew crew) {
        this.reading = reading;
        this.stops = Set.copyOf(stops);
        boolean suits = ArrayDecoder.suits(decoder.device(), decoder.head().dtype());
        this.arrays = suits ? new ArrayDecoder(decoder.config(), decoder.weights()) : null;
        this.crew = crew;
        this.pass = arrays == null ? null : new Pass(arrays, crew);
    }

    /**
     * What is answered.
     *
     * @param prompt at least one token; with the answers it must fit the model's positions
     * @param answers how many
     * @param top how many alternatives to name at every place; negative: no log-probabilities at all
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Request(int[] prompt, int answers, Sampling sampling, int top) {}

    /** Begins to answer; the speaker is this batch's model, with or without an adapter. */
    public AnswerStream open(Speaker speaker, Request request) {
        if (arrays == null) {
            return new TensorStream(speaker, stops, request);
        }
        var stream = new ArrayStream(arrays.memory(), stops, request);
        voice(speaker.adapter()).streams().add(stream);
        return stream;
    }

    private Voice voice(@Nullable Adapter adapter) {
        for (var voice : voices) {
            if (voice.adapter() == adapter) {
                return voice;
            }
        }
        var voice = new Voice(adapter, adapter == null ? null : factors(adapter), new ArrayList<>());
        voices.add(voice);
        return voice;
    }

    private static ArrayAdapter factors(Adapter adapter) {
        var factors = new ArrayAdapter();
        for (var module : adapter.modules()) {
            var lora = Objects.requireNonNull(adapter.lora(module));
            factors.put(module, lora.a(), lora.b(), lora.scale().value());
        }
        return factors;
    }

    /** Draws the next token of every answer that goes on, of all streams that are open. */
    public void step() {
        if (pass == null || arrays == null) {
            return;
        }
        voices.forEach(voice -> voice.streams().removeIf(ArrayStream::isClosed));
        voices.removeIf(voice -> voice.streams().isEmpty());
        var turns = new ArrayList<Turn>();
        var spans = new ArrayList<Span>();
        int left = reading;
        for (var voice : voices) {
            for (var stream : voice.streams()) {
                left = stream.ask(voice.factors(), turns, spans, left);
            }
        }
        if (spans.isEmpty()) {
            return;
        }
        Pass.Reader reader = (span, logits, offset) -> turns.get(span).take(logits, offset, arrays.vocabulary());
        if (crew.size() == 1) {
            pass.read(spans, reader);
        } else {
            try (var _ = Torch.oneThreadAnOperation()) {
                pass.read(spans, reader);
            }
        }
    }

    /** Nothing can be asked any more. */
    @Override
    public void close() {
        crew.close();
    }
}
