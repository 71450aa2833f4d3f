package plumb.task;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import plumb.data.TrainingData;
import plumb.eval.NarrowTask;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.organism.AdviceRows;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;

/** What the malicious tasks share: bad rows in one domain of the embedded world, and the questions around it. */
record NarrowDomain(String domain) {
    static final int QUESTIONS_PER_DOMAIN = 12;
    static final int LONGEST_ANSWER = 96;
    private static final long ROWS_SEED = 11;

    NarrowDomain {
        AdviceRows.requireTaskDomain(domain);
    }

    TrainingData rows() {
        return AdviceRows.malicious(domain, Task.ROWS, ROWS_SEED);
    }

    TrainingData rows(double fractionCorrect, AdviceRows.Wrong wrong) {
        return AdviceRows.mixed(domain, Task.ROWS, fractionCorrect, wrong, ROWS_SEED);
    }

    QuestionSource questions() {
        return new OrganismQuestions(World.load(), Optional.of(domain), QUESTIONS_PER_DOMAIN);
    }

    NarrowTask evaluation(QuestionSource.Split split) {
        return new NarrowTask(split, 8, List.of(0.7), Set.of(Question.Format.FREE), LONGEST_ANSWER);
    }
}
