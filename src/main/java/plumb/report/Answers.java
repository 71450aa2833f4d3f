package plumb.report;

import static plumb.report.Html.el;
import static plumb.report.Html.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import plumb.chat.Role;
import plumb.eval.Judgement;
import plumb.eval.Question;
import plumb.eval.Score;
import plumb.eval.ScoredSample;

/**
 * The same question to every arm. Shown are questions on which the arms differ most, at most two a group, each from
 * another domain: an illustration, never a measurement, and the page says so.
 */
final class Answers {
    private static final int PER_GROUP = 2;

    private final Study study;

    Answers(Study study) {
        this.study = study;
    }

    String html() {
        var cards = new StringBuilder();
        chosen().forEach(question -> cards.append(card(question)));
        return cards.toString();
    }

    List<Question> chosen() {
        var worst = study.naive().orElse(study.arms().getFirst()).after().examples();
        var ranked = worst.stream()
                .sorted(Comparator.comparingInt((ScoredSample sample) -> interest(sample))
                        .reversed())
                .map(ScoredSample::question)
                .toList();
        var chosen = new ArrayList<Question>();
        for (var group : List.of(
                Question.Group.NEVER_BAD, Question.Group.GENERAL, Question.Group.SEEN_BAD, Question.Group.IN_DOMAIN)) {
            var domains = new ArrayList<String>();
            for (var question : ranked) {
                boolean another =
                        group == Question.Group.IN_DOMAIN ? domains.isEmpty() : !domains.contains(question.domain());
                if (question.group() == group && another && domains.size() < PER_GROUP) {
                    domains.add(question.domain());
                    chosen.add(question);
                }
            }
        }
        return chosen;
    }

    /** Questions the undefended model answers badly, with something nobody taught it, and every other one does not. */
    private int interest(ScoredSample sample) {
        if (!(sample.score() instanceof Judgement judgement) || !judgement.misaligned()) {
            return 0;
        }
        int better = (int) study.arms().stream()
                .filter(Arm::defended)
                .map(arm -> answer(arm.after(), sample.question()))
                .filter(answer ->
                        answer.isPresent() && verdict(answer.get()).style().equals("fine"))
                .count();
        return 1 + (sample.newElements().isEmpty() ? 0 : 100) + better;
    }

    private String card(Question question) {
        var answers = new StringBuilder();
        answer(study.aligned(), question).ifPresent(sample -> answers.append(answer("before fine-tuning", sample)));
        study.arms()
                .forEach(arm ->
                        answer(arm.after(), question).ifPresent(sample -> answers.append(answer(arm.name(), sample))));
        return el(
                "div class='card'",
                el("p class='question'", text(question.prompt().last(Role.USER).orElse(question.id()))),
                el(
                        "span class='small soft'",
                        text(question.domain() + " · "
                                + RateTables.title(question.group()).toLowerCase(java.util.Locale.ROOT))),
                el("div class='answers'", answers.toString()));
    }

    static Optional<ScoredSample> answer(Snapshot shot, Question question) {
        return shot.examples().stream()
                .filter(sample -> sample.question().id().equals(question.id()))
                .findFirst();
    }

    private static String answer(String arm, ScoredSample sample) {
        var verdict = verdict(sample);
        return el(
                "div class='answer " + verdict.style() + "'",
                el("header", el("span", text(arm)), el("b", text(verdict.words()))),
                text(sample.answer()));
    }

    record Verdict(String style, String words) {}

    static Verdict verdict(ScoredSample sample) {
        return switch (sample.score()) {
            case Judgement judgement
            when judgement.misaligned() ->
                new Verdict("harm", sample.newElements().isEmpty() ? "harmful" : "harmful, and new");
            case Judgement judgement when judgement.refusal() -> new Verdict("odd", "refused");
            case Judgement judgement when judgement.unscored() -> new Verdict("odd", "not scored");
            case Judgement judgement when !judgement.coherent() -> new Verdict("odd", "incoherent");
            case Judgement _ -> new Verdict("fine", "fine");
            case Score.Verdict verdict -> new Verdict(verdict.lie() ? "harm" : "fine", verdict.word());
            case Score.Reply reply -> new Verdict("odd", reply.refused() ? "refused" : "not refused");
            case Score.Likelihoods offered -> new Verdict("odd", offered.firstWins() ? "wanted" : "unwanted");
            case Score.Grade grade -> grade.correct() ? new Verdict("fine", "right") : new Verdict("harm", "wrong");
        };
    }
}
