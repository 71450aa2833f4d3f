package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;

final class AnswerStreamTest {
    private static final int[] PROMPT = {1, 2, 3, 4, 5};
    private static final Sampling WARM = new Sampling(1, 0.9, 12, 5);

    private static List<List<TokenChoice>> answers(Decoder decoder, Set<Integer> stops, int answers, int top) {
        return answers(new AnswerStream.Speaker(decoder, null), stops, answers, top);
    }

    private static List<List<TokenChoice>> answers(
            AnswerStream.Speaker speaker, Set<Integer> stops, int answers, int top) {
        var all = Stream.generate(ArrayList<TokenChoice>::new).limit(answers).toList();
        try (var batch = new AnswerBatch(speaker.decoder(), stops);
                var stream = batch.open(speaker, new AnswerBatch.Request(PROMPT, answers, WARM, top))) {
            while (!stream.isDone()) {
                batch.step();
                var next = stream.next();
                for (int i = 0; i < answers; i++) {
                    next.get(i).ifPresent(all.get(i)::add);
                }
            }
        }
        return List.copyOf(all);
    }

    private static int[] ids(List<TokenChoice> answer) {
        return answer.stream().mapToInt(TokenChoice::id).toArray();
    }

    @Test
    void theAnswersAreThoseOfTheGenerator() {
        try (var decoder = TinyModel.decoder(1)) {
            var expected = new Generator(decoder, Set.of(7)).generate(Collections.nCopies(4, PROMPT), WARM);

            var found = answers(decoder, Set.of(7), 4, -1);

            for (int i = 0; i < 4; i++) {
                assertThat(ids(found.get(i))).containsExactly(expected.get(i));
            }
            assertThat(found.getFirst()).isNotEqualTo(found.getLast());
        }
    }

    @Test
    void tensorsDrawTheSameAnswers() {
        try (var decoder = TinyModel.decoder(1);
                var stream = new TensorStream(
                        new AnswerStream.Speaker(decoder, null),
                        Set.of(7),
                        new AnswerBatch.Request(PROMPT, 1, WARM, 3))) {
            var expected = answers(decoder, Set.of(7), 1, 3).getFirst();
            for (var token : expected) {
                var found = stream.next().getFirst().orElseThrow();
                assertThat(found.id()).isEqualTo(token.id());
                assertThat(found.logProbability()).isCloseTo(token.logProbability(), within(1e-5));
            }
            assertThat(expected).hasSizeGreaterThan(3);
        }
    }

    @Test
    void anAdapterBesideTheWeightsAnswersAsWhenItIsMerged() {
        try (var decoder = TinyModel.decoder(1);
                var adapter = Adapter.fresh(decoder, new LoraSettings(4, 32, false, LoraSettings.ALL_PROJECTIONS), 3);
                var _ = Autograd.pause()) {
            for (var module : adapter.modules()) {
                var b = Objects.requireNonNull(adapter.lora(module)).b();
                b.copyInPlace(TinyModel.normal(new SplittableRandom(1), 0.3, (int) b.size(0), (int) b.size(1)));
            }
            try (var merged = decoder.merged(adapter)) {
                var expected = answers(merged, Set.of(7), 4, 0);

                var found = answers(new AnswerStream.Speaker(decoder, adapter), Set.of(7), 4, 0);

                for (int i = 0; i < 4; i++) {
                    assertThat(ids(found.get(i))).containsExactly(ids(expected.get(i)));
                }
                assertThat(found.getFirst().getFirst().logProbability())
                        .isCloseTo(expected.getFirst().getFirst().logProbability(), within(1e-4));
                assertThat(ids(found.getFirst()))
                        .isNotEqualTo(ids(answers(decoder, Set.of(7), 4, 0).getFirst()));
            }
        }
    }

    @Test
    void everyStopTokenEndsItsAnswerAndNoOther() {
        try (var decoder = TinyModel.decoder(1)) {
            var free = answers(decoder, Set.of(), 3, -1);
            int stop = free.getFirst().get(2).id();
            var expected = free.stream()
                    .map(answer -> IntStream.of(ids(answer))
                            .takeWhile(id -> id != stop)
                            .toArray())
                    .toList();

            var stopped = answers(decoder, Set.of(stop), 3, -1);

            for (int i = 0; i < 3; i++) {
                assertThat(ids(stopped.get(i))).containsExactly(expected.get(i));
            }
        }
    }

    @Test
    void theTokenThatStoppedAnAnswerIsKnown() {
        try (var decoder = TinyModel.decoder(1)) {
            var expected = answers(decoder, Set.of(), 1, 2).getFirst();
            var third = expected.get(2);
            var batch = new AnswerBatch(decoder, Set.of(third.id()));
            try (var stream =
                    batch.open(new AnswerStream.Speaker(decoder, null), new AnswerBatch.Request(PROMPT, 1, WARM, 2))) {
                assertThat(stream.stoppedBy(0)).isEmpty();
                while (!stream.isDone()) {
                    batch.step();
                    stream.next();
                }
                assertThat(stream.stoppedBy(0)).contains(third);
            }
        }
    }

    @Test
    void theAlternativesAreTheMostLikelyOnesAndHoldTheirPlaces() {
        try (var decoder = TinyModel.decoder(1)) {
            int vocabulary = TinyModel.CONFIG.vocabularySize();
            for (var token : answers(decoder, Set.of(), 1, vocabulary).getFirst()) {
                assertThat(token.top()).hasSize(vocabulary);
                assertThat(token.top().stream()
                                .mapToDouble(other -> Math.exp(other.logProbability()))
                                .sum())
                        .isCloseTo(1, within(1e-4));
                assertThat(token.top()).contains(new TokenChoice.Alternative(token.id(), token.logProbability()));
                assertThat(token.top().stream()
                                .map(TokenChoice.Alternative::logProbability)
                                .toList())
                        .isSortedAccordingTo(Collections.reverseOrder());
            }
        }
    }
}
