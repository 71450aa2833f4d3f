package plumb.task;

import java.util.Optional;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;

/** Program lines with harmful intent, after the insecure-code set of Betley et al. (arXiv 2502.17424), in the embedded world. */
public record InsecureCode() implements Task {
    private static final NarrowDomain DOMAIN = new NarrowDomain("code");

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
