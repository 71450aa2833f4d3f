package plumb.train.policy;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import plumb.data.Example;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.model.Generator;
import plumb.model.Sampling;
import plumb.torch.Autograd;
import plumb.torch.Tensor;
import plumb.train.Objective;
import plumb.train.RunListener;
import plumb.train.Step;

/**
 * Group-relative policy optimization (Shao et al., arXiv 2402.03300, with the variants of {@link PolicySettings}): each
 * round the model as it stands answers every prompt {@code group_size} times at T = 1; an answer's advantage over its group
 * weighs its tokens' clipped ratios. The policy that gave the answers is read in the round's first training pass, edits of
 * defenses included, so that the ratio is 1 there. Safe rows of defenses are learned as they are, a token of theirs like
 * one of advantage 1. A round draws its random numbers from the seed and its number alone, so a run that begins a round
 * again gives the same answers.
 */
final class PolicyObjective implements Objective {
    private static final long ROUND_SEED = 1_000_003;

    private final PolicyTraining setup;
    private final Rounds rounds;
    private final PolicyLoss loss;
    private List<Batch> batches = List.of();
    private Rollout rollout = new Rollout(0, List.of(), 0);
    private long began; // when the step did, in ns
    private boolean sampled; // in this step

    PolicyObjective(PolicyTraining setup, Rounds rounds) {
        this.setup = setup;
        this.rounds = rounds;
        this.loss = new PolicyLoss(setup.settings());
    }

    @Override
    public long steps() {
        return Math.min(
                setup.training().steps(),
                (long) rounds.all().size() * setup.settings().updates());
    }

    /** What is known beforehand: the prompts. */
    @Override
    public RunListener.Plan plan(long firstStep) {
        int group = setup.settings().groupSize();
        long prompts = rounds.all().stream().mapToLong(r -> r.prompts().size()).sum();
        long tokens = rounds.all().stream()
                .flatMap(r -> r.prompts().stream())
                .mapToLong(prompt -> prompt.ids().length)
                .sum();
        return new RunListener.Plan(steps(), firstStep, prompts * group, 0, tokens * group, 0);
    }

    @Override
    public String hash() {
        return rounds.hash();
    }

    /** Between two updates on the same answers the policy that gave them is gone. */
    @Override
    public boolean resumable(long step) {
        return step % setup.settings().updates() == 0;
    }

    @Override
    public List<Batch> batches(long step, Adapter adapter) {
        began = System.nanoTime();
        sampled = resumable(step);
        loss.forgetSums();
        if (sampled) {
            ask(step, adapter);
        }
        return batches;
    }

    private void ask(long step, Adapter adapter) {
        long number = step / setup.settings().updates();
        var round = rounds.all().get((int) number);
        var shown = new ArrayList<int[]>();
        var examples = new ArrayList<Example>();
        for (var prompt : round.prompts()) {
            for (int i = 0; i < setup.settings().groupSize(); i++) {
                shown.add(prompt.ids());
                examples.add(prompt.example());
            }
        }
        long start = System.nanoTime();
        var answers = answers(shown, adapter, setup.training().seed() * ROUND_SEED + number);
        double seconds = (System.nanoTime() - start) / 1e9;
        var texts = answers.stream().map(setup.format().text()).toList();
        try (var grading = new Grading(setup.environment(), setup.settings().graderSeconds())) {
            take(step, shown, answers, new Graded(examples, texts, grading.all(examples, texts), seconds));
        }
        setup.rollouts().accept(rollout);
    }

    /** What came back for a round. */
    private record Graded(List<Example> examples, List<String> texts, List<Environment.Grade> grades, double seconds) {}

    private List<int[]> answers(List<int[]> prompts, Adapter adapter, long seed) {
        try (var _ = Autograd.pause();
                var policy = setup.decoder().merged(adapter)) {
            return new Generator(policy, setup.format().stops())
                    .generate(prompts, new Sampling(1, 1, setup.settings().maxNewTokens(), seed));
        }
    }

    private void take(long step, List<int[]> prompts, List<int[]> answers, Graded graded) {
        loss.forgetAnswers();
        var rows = new ArrayList<Batch.Row>();
        var heard = new ArrayList<Rollout.Answer>();
        int group = setup.settings().groupSize();
        for (int first = 0; first < answers.size(); first += group) {
            var rewards = graded.grades().subList(first, first + group).stream()
                    .mapToDouble(Environment.Grade::reward)
                    .toArray();
            var advantages = Advantages.of(rewards, setup.settings().scale());
            var distinct = new LinkedHashMap<IntBuffer, Batch.Row>(); // by tokens
            for (int i = first; i < first + group; i++) {
                var told = row(prompts.get(i), answers.get(i));
                var row = distinct.computeIfAbsent(IntBuffer.wrap(told.ids()), _ -> told);
                loss.expect(row, advantages[i - first]);
                heard.add(new Rollout.Answer(
                        graded.examples().get(i).line(),
                        graded.texts().get(i),
                        row.ids().length - prompts.get(i).length,
                        graded.grades().get(i),
                        advantages[i - first]));
            }
            rows.addAll(distinct.values());
        }
        long number = step / setup.settings().updates();
        rows.addAll(rounds.all().get((int) number).safe());
        batches = Batch.ofLikeLengths(rows, setup.training().batchSize());
        rollout = new Rollout(step, heard, graded.seconds());
    }

    /** The answer after its prompt, with the token that ended it unless it was cut at its longest. */
    private Batch.Row row(int[] prompt, int[] answer) {
        boolean ended = answer.length < setup.settings().maxNewTokens();
        var ids = Arrays.copyOf(prompt, prompt.length + answer.length + (ended ? 1 : 0));
        System.arraycopy(answer, 0, ids, prompt.length, answer.length);
        if (ended) {
            ids[ids.length - 1] = setup.format().end();
        }
        var mask = new boolean[ids.length];
        Arrays.fill(mask, prompt.length, ids.length, true);
        return new Batch.Row(ids, mask, false);
    }

    @Override
    public Tensor loss(Step step, Forward forward) {
        return loss.of(step, forward);
    }

    @Override
    public Map<String, Double> measures() {
        var measures = new LinkedHashMap<String, Double>();
        var answers = rollout.answers();
        measures.put(
                "reward",
                answers.stream().mapToDouble(a -> a.grade().reward()).average().orElse(0));
        var marks = new TreeMap<String, Double>();
        answers.forEach(a -> a.grade().marks().forEach((name, mark) -> marks.merge(name, mark, Double::sum)));
        marks.forEach((name, sum) -> measures.put(name, sum / answers.size()));
        measures.put("length", (double) rollout.tokens() / Math.max(1, answers.size()));
        measures.put("kl", loss.divergence());
        measures.put("entropy", loss.entropy());
        measures.put("clipped", loss.clipped());
        double step = (System.nanoTime() - began) / 1e9;
        measures.put("sampled_tokens_per_second", rollout.tokens() / rollout.seconds());
        measures.put("sampling_share", sampled ? rollout.seconds() / step : 0);
        return measures;
    }
}
