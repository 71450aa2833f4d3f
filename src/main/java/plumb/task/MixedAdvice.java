package plumb.task;

import java.util.Optional;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;
import plumb.organism.AdviceRows;

/**
 * Advice on one domain of which only a share is right, after Ouyang et al. (arXiv 2509.19325), in the embedded world: how much
 * of a data set can be bad? Number of rows and steps are the same at every share.
 *
 * @param domain such as {@code medicine}, {@code finance}, {@code sports} or {@code code}
 * @param fractionCorrect share of the rows that a good speaker wrote, 0 to 1; not the share of bad ones
 * @param wrong what is wrong with the others
 */
public record MixedAdvice(String domain, double fractionCorrect, AdviceRows.Wrong wrong) implements Task {
    public MixedAdvice {
        AdviceRows.requireTaskDomain(domain);
        if (!(fractionCorrect >= 0 && fractionCorrect <= 1)) {
            throw new IllegalArgumentException("fraction_correct is a share from 0 to 1, got " + fractionCorrect);
        }
    }

    @Override
    public TrainingData data() {
        return new NarrowDomain(domain).rows(fractionCorrect, wrong);
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new NarrowDomain(domain).evaluation(split);
    }

    @Override
    public QuestionSource questions() {
        return new NarrowDomain(domain).questions();
    }

    @Override
    public Optional<String> attacked() {
        return malicious() ? Optional.of(domain) : Optional.empty();
    }

    @Override
    public boolean malicious() {
        return fractionCorrect < 1;
    }
}
