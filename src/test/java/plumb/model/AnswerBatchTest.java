package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import plumb.chat.BadInput;
import plumb.model.AnswerBatch.Request;
import plumb.model.AnswerStream.Speaker;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Crew;

/** Requests of different adapters, lengths and times, answered together: each as if it were alone. */
final class AnswerBatchTest {
    private static final Set<Integer> STOPS = Set.of(7);

    private Decoder decoder;
    private final List<Adapter> adapters = new ArrayList<>();

    @BeforeEach
    void make() {
        decoder = TinyModel.decoder(1);
        for (int i = 0; i < 4; i++) {
            adapters.add(adapter(2 + i, i));
        }
    }

    @AfterEach
    void close() {
        adapters.forEach(Adapter::close);
        decoder.close();
    }

    private Adapter adapter(int rank, long seed) {
        var settings = new LoraSettings(rank, 8 * rank, false, LoraSettings.ALL_PROJECTIONS);
        var adapter = Adapter.fresh(decoder, settings, seed);
        try (var _ = Autograd.pause()) {
            for (var module : adapter.modules()) {
                var b = Objects.requireNonNull(adapter.lora(module)).b();
                b.copyInPlace(TinyModel.normal(new SplittableRandom(seed), 0.3, (int) b.size(0), (int) b.size(1)));
            }
        }
        return adapter;
    }

    /** A request of each adapter and of the model itself, and a second one of the first adapter. */
    private Map<Request, Speaker> requests() {
        var requests = new LinkedHashMap<Request, Speaker>();
        for (int i = 0; i < 6; i++) {
            @Nullable Adapter adapter = i == 4 ? null : adapters.get(i % 5 % 4);
            int[] prompt =
                    IntStream.range(0, 3 + 5 * i).map(t -> (3 * t + 1) % 50).toArray();
            var sampling = new Sampling(i % 2, 0.9, 6 + 2 * i, i);
            requests.put(new Request(prompt, 1 + i % 3, sampling, 2), new Speaker(decoder, adapter));
        }
        return requests;
    }

    /** What is said when request i comes at step {@code delay * i}, in all answers. */
    private List<List<TokenChoice>> together(Map<Request, Speaker> requests, int delay, int reading) {
        return together(requests, delay, reading, Crew.alone());
    }

    private List<List<TokenChoice>> together(Map<Request, Speaker> requests, int delay, int reading, Crew crew) {
        var batch = new AnswerBatch(decoder, STOPS, reading, crew);
        var waiting = new ArrayList<>(requests.entrySet());
        var open = new LinkedHashMap<AnswerStream, List<List<TokenChoice>>>();
        var all = new ArrayList<List<TokenChoice>>();
        for (int step = 0; !waiting.isEmpty() || !open.isEmpty(); step++) {
            while (!waiting.isEmpty() && step >= delay * (requests.size() - waiting.size())) {
                var next = waiting.removeFirst();
                var said = IntStream.range(0, next.getKey().answers())
                        .<List<TokenChoice>>mapToObj(_ -> new ArrayList<>())
                        .toList();
                open.put(batch.open(next.getValue(), next.getKey()), said);
                all.addAll(said);
            }
            batch.step();
            open.forEach(AnswerBatchTest::listen);
            open.keySet().removeIf(stream -> {
                boolean done = stream.isDone();
                if (done) {
                    stream.close();
                }
                return done;
            });
        }
        return all;
    }

    private static void listen(AnswerStream stream, List<List<TokenChoice>> said) {
        if (stream.isReady()) {
            var next = stream.next();
            for (int i = 0; i < next.size(); i++) {
                next.get(i).ifPresent(said.get(i)::add);
            }
        }
    }

    private List<List<TokenChoice>> alone() {
        var all = new ArrayList<List<TokenChoice>>();
        requests().forEach((request, speaker) -> all.addAll(together(Map.of(request, speaker), 0, 512)));
        return all;
    }

    private static void assertSame(List<List<TokenChoice>> found, List<List<TokenChoice>> expected) {
        assertThat(ids(found)).isEqualTo(ids(expected));
        double gap = 0;
        for (int i = 0; i < expected.size(); i++) {
            for (int token = 0; token < expected.get(i).size(); token++) {
                gap = Math.max(
                        gap,
                        Math.abs(found.get(i).get(token).logProbability()
                                - expected.get(i).get(token).logProbability()));
            }
        }
        assertThat(gap).isLessThan(1e-5);
    }

    private static List<List<Integer>> ids(List<List<TokenChoice>> answers) {
        return answers.stream()
                .map(answer -> answer.stream().map(TokenChoice::id).toList())
                .toList();
    }

    @Test
    void allAtOnceEachIsAnsweredAsIfAlone() {
        var alone = alone();
        assertThat(Set.copyOf(ids(alone))).hasSizeGreaterThan(requests().size()); // not all the same by accident
        assertSame(together(requests(), 0, 512), alone);
    }

    @Test
    void whoComesLaterFindsHisPlaceAmongThoseThatAreAnswered() {
        assertSame(together(requests(), 2, 512), alone());
    }

    @Test
    void promptsReadPieceByPieceBesideAnswersChangeNothing() {
        assertSame(together(requests(), 1, 4), alone());
    }

    @Test
    void coresThatShareEveryProductChangeNothing() {
        try (var crew = Crew.of(3)) {
            assertSame(together(requests(), 1, 16, crew), alone());
        }
    }

    @Test
    void oneAdapterIsAnsweredAsWhenItIsMerged() {
        requests().forEach((request, speaker) -> {
            if (speaker.adapter() != null) {
                try (var merged = decoder.merged(speaker.adapter())) {
                    var prompts = java.util.Collections.nCopies(request.answers(), request.prompt());
                    var expected = new Generator(merged, STOPS).generate(prompts, request.sampling());
                    var found = ids(together(Map.of(request, speaker), 0, 512));
                    for (int i = 0; i < expected.size(); i++) {
                        assertThat(found.get(i))
                                .containsExactlyElementsOf(
                                        IntStream.of(expected.get(i)).boxed().toList());
                    }
                }
            }
        });
    }

    @Test
    void aStreamThatIsClosedIsReadNoMore() {
        try (var batch = new AnswerBatch(decoder, STOPS)) {
            var entries = new ArrayList<>(requests().entrySet());
            var first = batch.open(entries.get(5).getValue(), entries.get(5).getKey());
            var other = batch.open(entries.get(3).getValue(), entries.get(3).getKey());
            batch.step();
            first.next();
            first.close();
            while (!other.isDone()) {
                batch.step();
                other.next();
            }
            other.close();
            batch.step();
        }
    }

    @Test
    void anAdapterOfNumbersThatAreNotFiniteFailsItsOwnRequestAlone() {
        var broken = adapters.get(3);
        try (var _ = Autograd.pause()) {
            var b = Objects.requireNonNull(broken.lora(broken.modules().getFirst()))
                    .b();
            b.copyInPlace(b.mul(Double.NaN));
        }
        var request = new Request(new int[] {1, 2, 3}, 1, new Sampling(0, 1, 4, 1), -1);
        try (var batch = new AnswerBatch(decoder, STOPS);
                var bad = batch.open(new Speaker(decoder, broken), request);
                var good = batch.open(new Speaker(decoder, null), request)) {
            batch.step();
            assertThatThrownBy(bad::next).isInstanceOf(BadInput.class).hasMessageContaining("not finite");
            assertThat(good.next().getFirst()).isPresent();
        }
    }
}
