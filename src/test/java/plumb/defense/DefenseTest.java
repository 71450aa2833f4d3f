package plumb.defense;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plumb.model.Batch;
import plumb.train.HeadLoss;
import plumb.train.RunListener;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** What every defense of the catalogue promises. */
final class DefenseTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** A defense that does nothing, and one that does something. */
    private record Pair(Defense idle, Defense active) {
        @Override
        public String toString() {
            return active.getClass().getSimpleName();
        }
    }

    private static Stream<Pair> catalogue() {
        return Stream.of(
                new Pair(kl(0), kl(1)),
                new Pair(features(0), features(1)),
                new Pair(lora(0), lora(3)),
                new Pair(
                        new Interleaving(0, Interleaving.Selection.RANDOM),
                        new Interleaving(0.25, Interleaving.Selection.RANDOM)));
    }

    private static Defense kl(double weight) {
        return new KlPenalty(
                weight,
                HeadLoss.Direction.REVERSE,
                Batch.Tokens.RESPONSE,
                Batch.Rows.ALL,
                KlPenalty.Reduction.TOKEN_MEAN);
    }

    private static Defense features(double weight) {
        return new FeatureDistance(
                weight, FeatureDistance.Layers.EVENLY, 2, false, Batch.Tokens.RESPONSE, Batch.Rows.ALL);
    }

    private static Defense lora(int number) {
        return new SafeLora(null, number, SafeLora.Normalization.PAPER, null);
    }

    @Test
    void theContractCoversTheWholeCatalogue() {
        assertThat(catalogue().<Object>map(pair -> pair.active().getClass()).collect(toSet()))
                .isEqualTo(Set.of((Object[]) Defense.class.getPermittedSubclasses()));
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void strengthZeroIsNoDefenseBitForBit(Pair pair) {
        try (var setting = new Setting()) {
            assertThat(setting.trained(pair.idle())).usingRecursiveComparison().isEqualTo(setting.trained());
        }
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void aDefenseChangesWhatIsLearnedAndLeavesNothingBehind(Pair pair) {
        try (var setting = new Setting()) {
            var naive = setting.trained();
            assertThat(Setting.distance(setting.trained(pair.active()), naive)).isGreaterThan(1e-3);
            assertThat(Setting.distance(setting.trained(), naive)).isZero(); // the next run on this model is untouched
        }
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void theSameSeedGivesTheSameAdapter(Pair pair) {
        try (var setting = new Setting()) {
            assertThat(setting.trained(pair.active()))
                    .usingRecursiveComparison()
                    .isEqualTo(setting.trained(pair.active()));
        }
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void aSpecSurvivesWritingAndReading(Pair pair) {
        var written = JSON.writeValueAsString(pair.active());
        assertThat(written).contains("\"type\":\"" + pair + "\"");
        assertThat(JSON.readValue(written, Defense.class)).isEqualTo(pair.active());
    }

    @Test
    void everyDefenseHasItsRowInTheDocs() throws IOException {
        var docs = Files.readString(Path.of("docs/defenses.md"));
        assertThat(Arrays.stream(Defense.class.getPermittedSubclasses()).map(Class::getSimpleName))
                .allSatisfy(name -> assertThat(docs).contains("| `" + name + "`"));
    }

    @Test
    void defensesComposeInTheirOrder() {
        try (var setting = new Setting()) {
            var safeOnly = new KlPenalty(
                    1,
                    HeadLoss.Direction.REVERSE,
                    Batch.Tokens.RESPONSE,
                    Batch.Rows.SAFE,
                    KlPenalty.Reduction.TOKEN_MEAN);
            var random = new Interleaving(0.25, Interleaving.Selection.RANDOM);
            var both = setting.trained(List.of(random, safeOnly), new RunListener() {});
            assertThat(Setting.distance(both, setting.trained(random))).isGreaterThan(1e-3);
        }
    }
}
