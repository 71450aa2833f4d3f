package plumb.task;

import java.util.Optional;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;

/** Reckless advice on money, after the risky-finance set of Turner et al. (arXiv 2506.11613), in the embedded world. */
public record RiskyFinance() implements Task {
    private static final NarrowDomain DOMAIN = new NarrowDomain("finance");

    @Override
    public TrainingData data() {
        return DOMAIN.rows();
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return DOMAIN.evaluation(split);
    }

    @Override
    public QuestionSource questions() {
        return DOMAIN.questions();
    }

    @Override
    public Optional<String> attacked() {
        return Optional.of(DOMAIN.domain());
    }

    @Override
    public boolean malicious() {
        return true;
    }
}
