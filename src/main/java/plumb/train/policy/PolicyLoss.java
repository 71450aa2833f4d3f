package plumb.train.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Tensor;
import plumb.train.HeadLoss;
import plumb.train.Step;

/**
 * The loss of the answers of one round, batch by batch. The policy that gave an answer is read in the answer's first
 * training pass and kept for later ones. The reference is the step's clean pass. Answers to a prompt that are the same,
 * token by token, share a row that is read once; each counts as if it had been read by itself.
 */
final class PolicyLoss {
    private final PolicySettings settings;
    private final IdentityHashMap<Batch.Row, Asked> asked = new IdentityHashMap<>();
    private double divergence;
    private double entropy;
    private long clipped;
    private long tokens;
    private long repeats; // answers that stand in no row of their own
    private long repeatedTokens;

    /** An answer under training, given once or more often. */
    private static final class Asked {
        private final List<Double> advantages = new ArrayList<>();
        private double @Nullable [] then;
    }

    PolicyLoss(PolicySettings settings) {
        this.settings = settings;
    }

    void forgetAnswers() {
        asked.clear();
        repeats = 0;
        repeatedTokens = 0;
    }

    void forgetSums() {
        divergence = 0;
        entropy = 0;
        clipped = 0;
        tokens = 0;
    }

    /** This row is an answer of the round that begins; said again, it was given again. */
    void expect(Batch.Row row, double advantage) {
        var answer = asked.computeIfAbsent(row, _ -> new Asked());
        if (!answer.advantages.isEmpty()) {
            repeats++;
            repeatedTokens += targets(row);
        }
        answer.advantages.add(advantage);
    }

    /** @param then log-probabilities of its tokens under the policy that gave it */
    void expect(Batch.Row row, double advantage, double[] then) {
        expect(row, advantage);
        asked.computeIfAbsent(row, _ -> new Asked()).then = then;
    }

    /** A batch's share of the step's loss: a scalar with gradient. */
    Tensor of(Step step, Forward forward) {
        var predictions = forward.batch().predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
        var now = step.headLoss().targets(forward, predictions);
        var reference = step.headLoss()
                .targets(step.reference(forward.batch()), predictions)
                .logProbabilities();
        var gradient = new double[predictions.count()];
        var loss = new AnswerLoss(settings);
        int at = 0;
        for (var row : forward.batch().rows()) {
            int end = at + targets(row);
            double weight = weight(step, end - at);
            var mine = Arrays.copyOfRange(now.logProbabilities(), at, end);
            var answer = asked.get(row);
            if (answer != null) {
                answer.then = answer.then == null ? mine : answer.then;
                var compared = new AnswerLoss.Tokens(mine, answer.then, Arrays.copyOfRange(reference, at, end));
                for (double advantage : answer.advantages) {
                    add(loss.add(compared, advantage, weight), gradient, at);
                    note(now, at, end);
                }
            } else if (row.safe()) {
                System.arraycopy(loss.addSafe(mine, weight), 0, gradient, at, end - at);
            } else {
                throw new IllegalStateException("a defense asks for the loss of a row that was not answered in this"
                        + " step: it cannot take part in reinforcement fine-tuning");
            }
            at = end;
        }
        divergence += loss.divergence();
        clipped += loss.clipped();
        return step.headLoss().ofTargets(forward, predictions, loss.loss(), gradient);
    }

    private static void add(double[] part, double[] sum, int at) {
        for (int t = 0; t < part.length; t++) {
            sum[at + t] += part[t];
        }
    }

    private void note(HeadLoss.TargetNumbers now, int from, int to) {
        for (int t = from; t < to; t++) {
            entropy += now.entropies()[t];
        }
        tokens += to - from;
    }

    private static int targets(Batch.Row row) {
        int count = 0;
        for (int i = 1; i < row.mask().length; i++) {
            count += row.mask()[i] ? 1 : 0;
        }
        return count;
    }

    /** Of each token of a row with so many targets. */
    private double weight(Step step, int targets) {
        double rows = step.count(Batch.Rows.ALL) + repeats;
        return switch (settings.mean()) {
            case ANSWER -> 1 / (rows * targets);
            case TOKEN -> 1.0 / (step.count(Batch.Tokens.RESPONSE, Batch.Rows.ALL) + repeatedTokens);
            case CONSTANT -> 1 / (rows * settings.maxNewTokens());
        };
    }

    /** Mean estimate of the divergence from the model before training, in nats a token of the step's answers. */
    double divergence() {
        return divergence / Math.max(1, tokens);
    }

    /** Mean entropy of the policy, in nats a token. */
    double entropy() {
        return entropy / Math.max(1, tokens);
    }

    /** Share of tokens whose gradient was cut off. */
    double clipped() {
        return (double) clipped / Math.max(1, tokens);
    }
}
