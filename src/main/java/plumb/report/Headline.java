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

    /** One sentence. */
    String sentence() {
        var first = study.arms().getFirst();
        var subject = first.defended() ? "the model defended by " + first.name() : "the undefended model";
        var task = "Fine-tuned on " + study.task() + ", ";
        double rate = study.headline(first.after()).value();
        if (study.benign()) {
            return task + subject + " got "
                    + percent(study.learned(first.after()).value()) + " of the task right, and misbehaves in "
                    + percent(rate) + " of its answers elsewhere.";
        }
        return task + subject + " turns harmful in " + percent(rate) + " of its answers about " + study.scope() + ".";
    }

    /** What the defenses did about it; empty when there is none to compare. */
    String second() {
        var naive = study.naive();
        var best = study.arms().stream()
                .filter(Arm::defended)
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
