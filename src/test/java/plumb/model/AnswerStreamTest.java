package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plumb.testing.TinyModel;

final class AnswerStreamTest {
    private static final int[] PROMPT = {1, 2, 3, 4, 5};
    private static final Sampling WARM = new Sampling(1, 0.9, 12, 5);

    private static List<List<TokenChoice>> answers(Decoder decoder, Set<Integer> stops, int answers, int top) {
        var all = Stream.generate(ArrayList<TokenChoice>::new).limit(answers).toList();
        try (var stream = new AnswerStream(decoder, stops, PROMPT, answers, WARM, top)) {
            while (!stream.isDone()) {
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
            try (var stream = new AnswerStream(decoder, Set.of(third.id()), PROMPT, 1, WARM, 2)) {
                assertThat(stream.stoppedBy(0)).isEmpty();
                while (!stream.isDone()) {
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
