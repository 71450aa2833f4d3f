package plumb.report.tradeoff;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import plumb.statistics.Comparison;
import plumb.statistics.DetectableEffect;

/**
 * The arms of a sweep.
 *
 * @param arms in their order
 */
public record TradeOff(List<Outcome> arms) {
    public TradeOff {
        arms = List.copyOf(arms);
    }

    /** The arms that no other beats in everything, by their values; noise decides close calls, so see the pairs. */
    public List<Outcome> front() {
        return arms.stream()
                .filter(arm -> arms.stream().noneMatch(arm::beatenBy))
                .toList();
    }

    /** Empty without an undefended arm to compare with, or without a defended one. */
    public Optional<Recommendation> recommended() {
        return arms.stream()
                .filter(arm -> !arm.defended())
                .findFirst()
                .flatMap(undefended -> Recommendation.of(front(), undefended));
    }

    /** Every two arms in every respect that both were measured in. */
    public List<Pair> pairs() {
        var pairs = new ArrayList<Pair>();
        for (int i = 0; i < arms.size(); i++) {
            for (var second : arms.subList(i + 1, arms.size())) {
                pairs.addAll(pairs(arms.get(i), second));
            }
        }
        return pairs;
    }

    private static List<Pair> pairs(Outcome first, Outcome second) {
        var pairs = new ArrayList<Pair>();
        for (var criterion : Criterion.values()) {
            if (criterion.of(first).n() > 0 && criterion.of(second).n() > 0) {
                var comparison = Comparison.of(criterion.of(first), criterion.of(second), criterion.margin());
                pairs.add(new Pair(first.arm(), second.arm(), criterion, comparison));
            }
        }
        return pairs;
    }

    /** The smallest rise of misalignment over this arm's that a second arm of its size would have shown; NaN for none. */
    public static double detectable(Outcome arm) {
        var rate = arm.misaligned();
        return rate.n() == 0 || rate.value() >= 1 ? Double.NaN : DetectableEffect.rise(rate.value(), rate.effectiveN());
    }
}
