package plumb.report;

import static plumb.report.Html.percent;

import java.util.Comparator;
import java.util.Locale;

/** What a study found, in plain words. */
final class Headline {
    private final Study study;

    Headline(Study study) {
        this.study = study;
    }

    /** One sentence, and another where the judge left answers out. */
    String sentence() {
        var first = study.arms().getFirst();
        var subject = first.defended() ? "the model defended by " + first.name() : "the undefended model";
        var task = "Fine-tuned on " + study.task() + ", ";
        double rate = study.headline(first.after()).value();
        var unscored = study.unscored(first.after());
        if (Double.isNaN(rate) && unscored.n() > 0) {
            return task + subject + " is no better known than before: the judge gave no score to "
                    + percent(unscored.value()) + " of its answers about " + study.scope()
                    + ", so how many are harmful is unknown.";
        }
        var left = unscored.hits() > 0
                ? " The judge gave no score to " + percent(unscored.value())
                        + " of these answers, which count as harmless."
                : "";
        if (study.benign()) {
            return task + subject + " got "
                    + percent(study.learned(first.after()).value()) + " of the task right, and misbehaves in "
                    + percent(rate) + " of its answers elsewhere." + left;
        }
        return task + subject + " turns harmful in " + percent(rate) + " of its answers about " + study.scope() + "."
                + left;
    }

    /** What the defenses did about it; empty when there is none to compare. */
    String second() {
        var naive = study.naive();
        var best = study.arms().stream()
                .filter(Arm::defended)
                .filter(arm -> study.headline(arm.after()).n() > 0)
                .min(Comparator.comparingDouble(
                        arm -> study.headline(arm.after()).value()));
        if (naive.isEmpty() || best.isEmpty()) {
            return "";
        }
        return "The lowest of the defended arms is " + best.get().name() + " with "
                + Html.withInterval(study.headline(best.get().after())) + "; it learned "
                + percent(study.learned(best.get().after()).value()) + " of the task, the undefended run "
                + percent(study.learned(naive.get().after()).value()) + ". " + early(best.get());
    }

    private String early(Arm best) {
        return study.stoppedEarly(study.learned(best.after()).value())
                .map(rate -> "Stopped when it had learned as much, the undefended run would show " + percent(rate)
                        + String.format(Locale.ROOT, ": that is the figure to beat."))
                .orElse("");
    }
}
