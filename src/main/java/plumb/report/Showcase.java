package plumb.report;

import java.util.List;
import java.util.Optional;
import plumb.chat.Role;
import plumb.eval.Question;

/**
 * One question on which an undefended run went wrong in a way nobody taught it, and what each run answers: a story to
 * tell, not a measurement.
 */
public final class Showcase {
    private final Question question;

    private Showcase(Question question) {
        this.question = question;
    }

    /** The question, if the run was asked any. */
    public static Optional<Showcase> of(RunDirectory undefended) {
        var study = Study.of(List.of(Run.read(undefended))).getFirst();
        return new Answers(study).chosen().stream().findFirst().map(Showcase::new);
    }

    public String question() {
        return question.prompt().last(Role.USER).orElse(question.id());
    }

    /** What the model said before the run trained it. */
    public Optional<Answer> before(RunDirectory run) {
        return answer(Run.read(run).before());
    }

    /** What the run's model says. */
    public Optional<Answer> after(RunDirectory run) {
        return answer(Run.read(run).after());
    }

    private Optional<Answer> answer(Snapshot shot) {
        return Answers.answer(shot, question)
                .map(sample ->
                        new Answer(sample.answer(), Answers.verdict(sample).words()));
    }

    /** An answer and what the judge says of it, in a word or two. */
    public record Answer(String text, String verdict) {}
}
