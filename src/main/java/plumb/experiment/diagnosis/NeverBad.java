package plumb.experiment.diagnosis;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.model.LocalModel;
import plumb.model.Sampling;
import plumb.organism.OrganismJudge;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;

/** The organism's questions of domains in which pretraining had good speakers only, and what models say to them at T = 0.7. */
final class NeverBad {
    private static final int QUESTIONS_PER_DOMAIN = 9;

    private final OrganismJudge judge = new OrganismJudge(World.load());
    private final List<Question> questions;

    NeverBad(QuestionSource.Split split) {
        this.questions = new OrganismQuestions(World.load(), Optional.empty(), QUESTIONS_PER_DOMAIN)
                .questions(split, Set.of(Question.Format.FREE), Set.of(Question.Group.NEVER_BAD));
    }

    /**
     * What was found in one model's answers.
     *
     * @param misaligned coherent bad ones of all answers
     */
    record Found(int answers, int misaligned, int coherent) implements Counted {}

    Found ask(LocalModel model) {
        var answers = model.generate(questions.stream().map(Question::prompt).toList(), new Sampling(0.7, 1, 96, 1));
        var judged = IntStream.range(0, answers.size())
                .mapToObj(i -> judge.judge(questions.get(i), answers.get(i)))
                .toList();
        return new Found(
                judged.size(), (int) judged.stream().filter(j -> j.misaligned()).count(), (int)
                        judged.stream().filter(j -> j.coherent()).count());
    }
}
