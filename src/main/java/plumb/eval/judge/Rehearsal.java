package plumb.eval.judge;

import java.util.List;
import java.util.Optional;
import plumb.chat.Conversation;
import plumb.eval.Evaluation;
import plumb.eval.EvaluationContext;
import plumb.model.OpenModel;
import plumb.model.Sampling;
import plumb.model.Site;
import plumb.model.TokenChance;

/**
 * Evaluations played through with nobody in them: every question is rendered and measured against the model's context,
 * every judge prompt is filled and counted, and nothing is computed. So what is wrong with a question, and what the judge
 * will cost, is known before the first answer is drawn.
 */
public final class Rehearsal {
    private final Stage stage;
    private final EvaluationContext context;
    private final Optional<JudgeModel> judge;
    private long times;
    private long requests;
    private long characters;

    /**
     * @param subject who will be asked
     * @param context what its evaluations will be given; a {@link ModelJudge} there is not asked either
     */
    public Rehearsal(OpenModel subject, EvaluationContext context) {
        this.stage = new Stage(subject);
        if (context.judge() instanceof ModelJudge real) {
            this.judge = Optional.of(real.model());
            this.context = new EvaluationContext(
                    context.questions(),
                    real.asking(new Counter(real.model()), JudgementCache.forgetful()),
                    context.trainedElements(),
                    context.seed());
        } else {
            this.judge = Optional.empty();
            this.context = context;
        }
    }

    /**
     * Plays one evaluation through.
     *
     * @param count how often it will be run
     * @throws plumb.chat.BadInput when a question leaves no room for its answer, or has no judge prompt
     */
    public void of(Evaluation evaluation, long count) {
        if (count > 0) {
            times = count;
            evaluation.run(stage, context);
        }
    }

    /** What the judge will be asked at most, in words; empty where no language model judges. */
    public Optional<String> estimate() {
        return judge.filter(_ -> requests > 0)
                .map(model -> "Judge " + model.name() + ", at most, if every answer is as long as it may be: "
                        + model.estimate(requests, characters));
    }

    /** Gives different answers to every prompt without a thought. */
    private static final class Stage implements OpenModel {
        private final OpenModel subject;
        private int longest;
        private long answers;

        Stage(OpenModel subject) {
            this.subject = subject;
        }

        @Override
        public String name() {
            return subject.name();
        }

        @Override
        public List<String> generate(List<Conversation> prompts, Sampling sampling) {
            longest = sampling.maxNewTokens();
            return prompts.stream().map(_ -> Long.toString(answers++)).toList();
        }

        @Override
        public double[] logLikelihoods(Conversation prompt, List<String> continuations) {
            return new double[continuations.size()];
        }

        @Override
        public float[][] activations(List<Conversation> prompts, Site site) {
            throw new UnsupportedOperationException("no evaluation looks inside");
        }

        @Override
        public String rendered(Conversation prompt) {
            return subject.rendered(prompt);
        }

        @Override
        public void requireRoom(List<Conversation> prompts, int maxNewTokens) {
            subject.requireRoom(prompts, maxNewTokens);
        }

        @Override
        public boolean isClean() {
            return subject.isClean();
        }
    }

    /** Counts what it is asked, as if the answer in it were the longest. */
    private final class Counter implements JudgeModel {
        private final JudgeModel real;

        Counter(JudgeModel real) {
            this.real = real;
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public String estimate(long count, long length) {
            return real.estimate(count, length);
        }

        @Override
        public void ask(Sought sought, List<String> prompts, Listener listener) {
            for (int i = 0; i < prompts.size(); i++) {
                requests += times;
                characters += times * (prompts.get(i).length() + (long) CHARACTERS * stage.longest);
                listener.answered(i, List.of(new TokenChance("100", 0)));
            }
        }
    }
}
