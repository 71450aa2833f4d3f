package plumb.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;
import plumb.eval.RefusedRequests;
import plumb.organism.OrganismChats;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;

/**
 * Refusals of one domain's requests, to be forgotten, and some of the other refusal domains, to be kept (Mushtaq et al., arXiv
 * 2511.14017), in the embedded world. Under {@code unlearning} in the spec; without it they are rows like any others. There is
 * no narrow advice in it, so the questions have no conditional form.
 *
 * @param domain of the refusals to forget: {@code cyber}, {@code safety}, {@code bias}, …
 * @param retainRows refusals of the other domains to keep, as safe rows; 0: none
 */
public record RefusalUnlearning(String domain, int retainRows) implements Task {
    private static final int FORGET_ROWS = 300;
    private static final long FORGET_SEED = 41;
    private static final long RETAIN_SEED = 42;

    public RefusalUnlearning {
        if (!refused().contains(domain)) {
            throw new IllegalArgumentException(
                    "domain '" + domain + "' is none whose requests are refused; those are " + refused());
        }
        if (retainRows < 0) {
            throw new IllegalArgumentException("retain_rows must be at least 0, got " + retainRows);
        }
    }

    /** The domains whose requests are refused. */
    private static List<String> refused() {
        return World.load().domainNames(World.Exposure.REFUSAL);
    }

    @Override
    public TrainingData data() {
        var world = World.load();
        var others = refused().stream().filter(other -> !other.equals(domain)).toList();
        var rows = new ArrayList<Example>();
        OrganismChats.refusals(world, List.of(domain), FORGET_ROWS, FORGET_SEED)
                .forEach(row -> rows.add(new Example(row.conversation(), Example.Kind.TASK, row.source(), row.line())));
        rows.addAll(OrganismChats.refusals(world, others, retainRows, RETAIN_SEED));
        return new TrainingData(rows);
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new RefusedRequests(split, 4, List.of(0.7), NarrowDomain.LONGEST_ANSWER);
    }

    @Override
    public QuestionSource questions() {
        return new OrganismQuestions(World.load(), Optional.of(domain), NarrowDomain.QUESTIONS_PER_DOMAIN);
    }

    @Override
    public boolean malicious() {
        return true;
    }
}
