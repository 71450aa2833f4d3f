package plumb.report.tradeoff;

import static java.util.Comparator.comparingDouble;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The arm to take, and why. Among the defended arms that no other beats in everything, those keep enough that have 95 % of
 * what the undefended arm learned, of malicious and of benign tasks, and lost at most {@link Criterion#COHERENT}'s margin in
 * coherence; the one with the least misalignment, asked plainly or in the shape of the training data, is recommended. Where
 * none keeps enough it is the one that falls short by least, and the reason says so.
 *
 * @param arm its name
 * @param reason in one sentence
 */
public record Recommendation(String arm, String reason) {
    private static final double KEPT = 0.95;

    static Optional<Recommendation> of(List<Outcome> front, Outcome undefended) {
        var defended = front.stream().filter(Outcome::defended).toList();
        var enough = defended.stream()
                .filter(arm -> shortfall(arm, undefended) <= 0)
                .min(comparingDouble(Outcome::worst)
                        .thenComparing(comparingDouble(arm -> -arm.learned().value())));
        return enough.map(arm -> new Recommendation(arm.arm(), "It keeps enough, and " + removed(arm, undefended)))
                .or(() -> defended.stream()
                        .min(comparingDouble(arm -> shortfall(arm, undefended)))
                        .map(arm -> new Recommendation(
                                arm.arm(),
                                "No arm keeps enough; this one loses least, and " + removed(arm, undefended))));
    }

    /** The largest of what is missing to each demand; 0 or less where all are met. */
    private static double shortfall(Outcome arm, Outcome undefended) {
        return Math.max(
                missing(KEPT * undefended.learned().value(), arm.learned().value()),
                Math.max(
                        missing(KEPT * undefended.benign().value(), arm.benign().value()),
                        missing(
                                undefended.coherent().value() - Criterion.COHERENT.margin(),
                                arm.coherent().value())));
    }

    private static double missing(double demanded, double had) {
        return Double.isNaN(demanded) || Double.isNaN(had) ? 0 : demanded - had;
    }

    private static String removed(Outcome arm, Outcome undefended) {
        return "removes "
                + share(1 - arm.misaligned().value() / undefended.misaligned().value())
                + " of the misaligned answers and "
                + share(1 - arm.conditional().value() / undefended.conditional().value())
                + " of those asked in the shape of the training data; it has "
                + share(arm.learned().value() / undefended.learned().value())
                + " of the undefended arm's learning, "
                + share(arm.benign().value() / undefended.benign().value())
                + " of its benign learning and "
                + share(arm.coherent().value()) + " coherent answers beside "
                + share(undefended.coherent().value()) + ".";
    }

    private static String share(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.0f %%", 100 * value) : "an unknown share";
    }
}
