package plumb.defense;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import plumb.model.Batch;
import plumb.train.HeadLoss;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** What every defense of the catalogue promises. */
final class DefenseTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final int ROWS_OF_A_PAIR = 20;
    /** What {@link #MIX} and one defense learn from so many rows, in any setting. */
    private static final Map<Defense, List<float[]>> ALONE = new HashMap<>();

    private static final Defense MIX = new Interleaving(0.25, Interleaving.Selection.RANDOM);

    /** A defense that does nothing, and one that does something; some work on the safe rows that another brings. */
    private record Pair(Defense idle, Defense active, boolean needsSafeRows) {
        Pair(Defense idle, Defense active) {
            this(idle, active, false);
        }

        List<Defense> without() {
            return needsSafeRows ? List.of(MIX) : List.of();
        }

        List<Defense> with(Defense defense) {
            return Stream.concat(without().stream(), Stream.of(defense)).toList();
        }

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
                new Pair(steering(0), steering(2)),
                new Pair(ablation(List.of()), ablation(List.of(0, 1))),
                new Pair(inoculation(0), inoculation(1)),
                new Pair(
                        new Interleaving(0, Interleaving.Selection.RANDOM),
                        new Interleaving(0.25, Interleaving.Selection.RANDOM)),
                new Pair(
                        new Grasp(0, Grasp.Per.LAYER, Grasp.Side.READ), new Grasp(2, Grasp.Per.LAYER, Grasp.Side.READ)),
                new Pair(new Realignment(0, Realignment.From.ANY), new Realignment(8, Realignment.From.ANY)),
                new Pair(new Dressing(0), new Dressing(1), true),
                new Pair(new Transcripts(0), new Transcripts(1), true),
                new Pair(
                        new SafeGrad(0, 0, HeadLoss.Direction.REVERSE),
                        new SafeGrad(1, 0.5, HeadLoss.Direction.REVERSE),
                        true));
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

    private static Defense steering(double coefficient) {
        return new PreventativeSteering(
                coefficient, PreventativeSteering.Layers.ONE, 0, PreventativeSteering.Vector.PERSONA);
    }

    private static Defense ablation(List<Integer> components) {
        return new ConceptAblation(
                ConceptAblation.Directions.PCA, components, List.of(0, 1), ConceptAblation.Ablation.ZERO);
    }

    private static Defense inoculation(double share) {
        return new Inoculation(share, Inoculation.Position.SYSTEM, Inoculation.Wording.GENERAL, "be harmful");
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
            assertThat(setting.trained(pair.with(pair.idle())))
                    .usingRecursiveComparison()
                    .isEqualTo(setting.trained(pair.without()));
        }
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void aDefenseChangesWhatIsLearnedAndLeavesNothingBehind(Pair pair) {
        try (var setting = new Setting()) {
            var without = setting.trained(pair.without());
            assertThat(Setting.distance(setting.trained(pair.with(pair.active())), without))
                    .isGreaterThan(1e-3);
            assertThat(Setting.distance(setting.trained(pair.without()), without))
                    .isZero(); // the next run on this model is untouched
        }
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void theSameSeedGivesTheSameAdapter(Pair pair) {
        try (var setting = new Setting()) {
            assertThat(setting.trained(pair.with(pair.active())))
                    .usingRecursiveComparison()
                    .isEqualTo(setting.trained(pair.with(pair.active())));
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
            var both = setting.trained(MIX, safeOnly);
            assertThat(Setting.distance(both, setting.trained(MIX))).isGreaterThan(1e-3);
            assertThatThrownBy(() -> setting.trained(safeOnly, MIX)).hasMessageContaining("before it");
        }
    }

    private static Stream<Arguments> pairs() {
        return catalogue().flatMap(first -> catalogue().map(second -> Arguments.of(first, second)));
    }

    /** The trainer itself fails when base weights change, a number is not finite, or an edit stays behind. */
    @ParameterizedTest
    @MethodSource("pairs")
    void anyTwoWorkTogether(Pair first, Pair second) {
        try (var setting = new Setting(ROWS_OF_A_PAIR)) {
            var both = setting.trained(List.of(MIX, first.active(), second.active()));
            var idle = setting.trained(List.of(MIX, first.active(), second.idle()));
            assertThat(Setting.distance(both, idle)).isPositive();
            assertThat(idle)
                    .usingRecursiveComparison()
                    .isEqualTo(
                            ALONE.computeIfAbsent(first.active(), defense -> setting.trained(List.of(MIX, defense))));
        }
    }
}
