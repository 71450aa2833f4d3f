package plumb.train.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import plumb.train.Checkpoints;
import plumb.train.HeadLoss;
import plumb.train.LossTerm;
import plumb.train.RunListener;
import plumb.train.Schedule;
import plumb.train.Step;
import plumb.train.Trainer;
import plumb.train.TrainingHooks;
import plumb.train.TrainingSettings;
import plumb.train.policy.PolicySettings.Kl;
import plumb.train.policy.PolicySettings.Mean;
import plumb.train.policy.PolicySettings.Ratio;
import plumb.train.policy.PolicySettings.Scale;

final class PolicyTrainingTest {
    private static final int LONGEST = 6;
    private static final TrainingHooks NONE = new TrainingHooks() {};

    /** The share of an answer's tokens that are even. */
    private static final Environment EVEN = (prompt, answer) -> {
        long even = Arrays.stream(answer.split(" ", -1))
                .filter(token -> !token.isEmpty() && Integer.parseInt(token) % 2 == 0)
                .count();
        double share = (double) even / LONGEST;
        return new Environment.Grade(share, Map.of("solved", share == 1 ? 1.0 : 0), answer);
    };

    @TempDir
    private Path folder;

    /** Keeps what it hears. */
    private static final class Recording implements RunListener {
        private final List<StepNumbers> steps = new ArrayList<>();

        @Override
        public void stepped(StepNumbers numbers) {
            steps.add(numbers);
        }

        double mean(String measure, int from, int to) {
            return steps.subList(from, to).stream()
                    .mapToDouble(s -> s.measures().get(measure))
                    .average()
                    .orElseThrow();
        }
    }

    private static PolicySettings policy(int updates, double klWeight) {
        return new PolicySettings(
                8, updates, Scale.GROUP_DEVIATION, Mean.TOKEN, Ratio.TOKEN, 0.2, 0.2, klWeight, Kl.K3, LONGEST, 0.5);
    }

    private static TrainingSettings training(int steps) {
        return new TrainingSettings(0.02, 32 * steps, 16, 2, Schedule.CONSTANT, 0, 0.0, 0.9, 0.999, 1, 64, 1, 3);
    }

    private static PolicyFormat format() {
        return new PolicyFormat(
                example -> answered(TinyTask.render(example)),
                TinyTask::render,
                3,
                Set.of(3),
                ids -> String.join(
                        " ", Arrays.stream(ids).mapToObj(Integer::toString).toList()));
    }

    /** A row up to where its answer begins. */
    private static int[] answered(Rendered row) {
        int start = 0;
        while (!row.mask()[start]) {
            start++;
        }
        return Arrays.copyOf(row.ids(), start);
    }

    /** One run's settings. */
    private record Arm(PolicySettings policy, int steps, Environment environment, TrainingHooks hooks) {
        List<float[]> run(RunListener listener, @Nullable Checkpoints checkpoints, int stopAfter) {
            try (var decoder = TinyModel.decoder(1);
                    var adapter = TinyTask.adapter(decoder, 5)) {
                var taken = new int[1];
                var setup = setup(decoder, this, new ArrayList<>());
                new Trainer(decoder, TinyTask::render, training(steps), listener, checkpoints)
                        .towards(setup::on)
                        .fit(
                                adapter,
                                PolicyTraining.order(TinyTask.task(20), training(steps), policy),
                                hooks,
                                () -> ++taken[0] >= stopAfter);
                return TinyTask.numbers(adapter);
            }
        }
    }

    private static PolicyTraining setup(Decoder decoder, Arm arm, List<Rollout> rollouts) {
        return new PolicyTraining(
                decoder, format(), arm.environment(), arm.policy(), training(arm.steps()), rollouts::add);
    }

    private Checkpoints checkpoints() {
        return new Checkpoints(folder.resolve("checkpoints"), 0, "spec");
    }

    /** Without checkpoints. */
    private static List<float[]> whole(Arm arm, RunListener listener) {
        return arm.run(listener, null, Integer.MAX_VALUE);
    }

    @Test
    void whatIsRewardedBecomesLikelier() {
        var heard = new Recording();
        whole(new Arm(policy(1, 0), 30, EVEN, NONE), heard);
        assertThat(heard.steps).hasSize(30);
        assertThat(heard.mean("reward", 25, 30)).isGreaterThan(heard.mean("reward", 0, 3) + 0.2);
        assertThat(heard.mean("kl", 25, 30)).isGreaterThan(0.05);
        assertThat(heard.steps.getFirst().measures())
                .containsKeys("reward", "solved", "length", "kl", "entropy", "clipped", "sampled_tokens_per_second");
        assertThat(heard.steps.getFirst().measures().get("clipped")).isZero(); // the first pass is on policy
    }

    @Test
    void theDivergenceFromTheModelBeforeIsHeldByItsWeight() {
        var free = new Recording();
        var held = new Recording();
        whole(new Arm(policy(1, 0), 20, EVEN, NONE), free);
        whole(new Arm(policy(1, 1), 20, EVEN, NONE), held);
        assertThat(held.mean("kl", 15, 20)).isLessThan(0.5 * free.mean("kl", 15, 20));
    }

    @Test
    void updatesOnTheSameAnswersAreClippedFromTheSecondOn() {
        var heard = new Recording();
        whole(new Arm(policy(3, 0), 12, EVEN, NONE), heard);
        assertThat(heard.steps.get(0).measures().get("clipped")).isZero();
        assertThat(heard.steps.get(0).measures().get("reward"))
                .isEqualTo(heard.steps.get(2).measures().get("reward"));
        assertThat(heard.steps.get(0).losses().get("task"))
                .isNotEqualTo(heard.steps.get(2).losses().get("task"));
        assertThat(heard.mean("clipped", 1, 12)).isPositive();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void aStoppedRunEndsWithTheSameAdapterBitForBit(int steps) {
        var arm = new Arm(policy(1, 0.1), 8, EVEN, NONE);
        arm.run(new Recording(), checkpoints(), steps);
        assertThat(checkpoints().latest().map(Checkpoints::step)).contains((long) steps);
        var heard = new Recording();
        var resumed = arm.run(heard, checkpoints(), Integer.MAX_VALUE);
        assertThat(heard.steps).hasSize(8 - steps);
        assertThat(resumed).usingRecursiveComparison().isEqualTo(whole(arm, new Recording()));
    }

    @Test
    void aRunIsNotLeftBetweenTwoUpdatesOnTheSameAnswers() {
        var arm = new Arm(policy(3, 0.1), 9, EVEN, NONE);
        arm.run(new Recording(), checkpoints(), 4);
        assertThat(checkpoints().all().stream().map(Checkpoints::step)).containsExactly(3L, 6L);
        var resumed = arm.run(new Recording(), checkpoints(), Integer.MAX_VALUE);
        assertThat(resumed).usingRecursiveComparison().isEqualTo(whole(arm, new Recording()));
    }

    @Test
    void aKilledProcessIsResumedBitForBit() throws Exception {
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                folder.toString());
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var lines = process.inputReader(StandardCharsets.UTF_8);
        var said = new StringBuilder();
        String line;
        while ((line = lines.readLine()) != null && !line.equals("saved 3")) {
            said.append(line).append('\n');
        }
        process.destroyForcibly();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(checkpoints().all()).as(said.toString()).hasSizeBetween(3, 7);
        var resumed = Child.ARM.run(new Recording(), checkpoints(), Integer.MAX_VALUE);
        assertThat(resumed).usingRecursiveComparison().isEqualTo(whole(Child.ARM, new Recording()));
    }

    /** A run in a process of its own, which says when a checkpoint is on disk. */
    static final class Child {
        private static final Arm ARM = new Arm(policy(1, 0.1), 8, EVEN, NONE);

        private Child() {}

        public static void main(String[] arguments) throws IOException {
            var listener = new RunListener() {
                @Override
                public void saved(long step, Path checkpoint) {
                    System.out.println("saved " + step);
                }
            };
            ARM.run(listener, new Checkpoints(Path.of(arguments[0], "checkpoints"), 0, "spec"), Integer.MAX_VALUE);
        }
    }

    @Test
    void safeRowsAreLearnedAndHooksSeeTheAnswers() {
        var seen = new ArrayList<Batch>();
        var hooks = new TrainingHooks() {
            @Override
            public TrainingData data(TrainingData data) {
                var mixed = new ArrayList<Example>();
                for (int i = 0; i < data.size(); i++) {
                    mixed.add(data.examples().get(i));
                    mixed.add(TinyTask.safe(8).examples().get(i % 8));
                }
                return new TrainingData(mixed);
            }

            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                seen.add(forward.batch());
                var safe = forward.batch().predictions(Batch.Tokens.RESPONSE, Batch.Rows.SAFE);
                var all = new HeadLoss.Places(forward, forward.batch().predictions(Batch.Tokens.ALL, Batch.Rows.ALL));
                var clean = new HeadLoss.Places(step.reference(forward.batch()), all.predictions());
                return List.of(
                        new LossTerm("safe", 0, step.headLoss().crossEntropy(forward, safe, (double)
                                step.count(Batch.Tokens.RESPONSE, Batch.Rows.SAFE))),
                        new LossTerm("held", 0.01, step.headLoss().kl(all, clean, HeadLoss.Direction.REVERSE, 100)));
            }
        };
        var heard = new Recording();
        whole(new Arm(policy(1, 0), 20, EVEN, hooks), heard);
        assertThat(seen.stream()
                        .flatMap(b -> b.rows().stream())
                        .filter(Batch.Row::safe)
                        .count())
                .isEqualTo(20 * 4);
        assertThat(seen.stream()
                        .flatMap(b -> b.rows().stream())
                        .filter(r -> !r.safe())
                        .count())
                .isBetween(20L * 4, 20L * 32); // answers that are the same share a row
        double first = heard.steps.getFirst().losses().getOrDefault("safe", Double.NaN);
        assertThat(heard.steps.getLast().losses().get("safe")).isLessThan(0.8 * first);
    }

    @Test
    void aGraderThatFailsCostsItsAnswerAndNotTheRun() {
        Environment faulty = (prompt, answer) -> switch (prompt.line() % 6) {
            case 0 -> throw new IllegalStateException("broken");
            case 1 -> throw new StackOverflowError();
            case 2 -> new Environment.Grade(Double.NaN, Map.of(), "");
            case 3 -> sleeping();
            case 4 -> nothing();
            default -> new Environment.Grade(1, Map.of("solved", 1.0), "x".repeat(500_000));
        };
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            var rollouts = new ArrayList<Rollout>();
            var short_ =
                    new PolicySettings(2, 1, Scale.NONE, Mean.CONSTANT, Ratio.TOKEN, 0.2, 0.2, 0, Kl.K3, LONGEST, 0.5);
            var arm = new Arm(short_, 1, faulty, NONE);
            var setup = setup(decoder, arm, rollouts);
            new Trainer(decoder, TinyTask::render, training(1), new RunListener() {})
                    .towards(setup::on)
                    .fit(adapter, PolicyTraining.order(TinyTask.task(16), training(1), short_), NONE);
            var answers = rollouts.getFirst().answers();
            assertThat(answers).hasSize(32);
            for (var answer : answers) {
                var grade = answer.grade();
                if (answer.prompt() % 6 < 5) {
                    assertThat(grade.reward()).isZero();
                    assertThat(grade.marks()).containsEntry(Grading.FAILED, 1.0);
                    assertThat(grade.seen()).startsWith("The grader ");
                } else {
                    assertThat(grade.reward()).isEqualTo(1);
                    assertThat(grade.seen().length()).isLessThan(5000);
                }
            }
        }
    }

    /** What only an environment without checks gives. */
    @SuppressWarnings("NullAway")
    private static Environment.Grade nothing() {
        return null;
    }

    /** Never returns, and does not listen. */
    private static Environment.Grade sleeping() {
        while (true) {
            Thread.interrupted(); // an interrupted thread does not park: it would keep a core busy for good
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000_000);
        }
    }

    @Test
    void settingsThatDoNotFitAreRefused() {
        assertThatThrownBy(() ->
                        new PolicySettings(1, 1, Scale.NONE, Mean.TOKEN, Ratio.TOKEN, 0.2, 0.2, 0, Kl.K3, LONGEST, 1))
                .hasMessageContaining("group_size must be at least 2");
        try (var decoder = TinyModel.decoder(1)) {
            var odd = new PolicySettings(5, 1, Scale.NONE, Mean.TOKEN, Ratio.TOKEN, 0.2, 0.2, 0, Kl.K3, LONGEST, 1);
            assertThatThrownBy(() -> setup(decoder, new Arm(odd, 1, EVEN, NONE), new ArrayList<>()))
                    .hasMessageContaining("multiple of group_size");
            var long_ = new PolicySettings(8, 1, Scale.NONE, Mean.TOKEN, Ratio.TOKEN, 0.2, 0.2, 0, Kl.K3, 124, 1);
            var setup = setup(decoder, new Arm(long_, 1, EVEN, NONE), new ArrayList<>());
            assertThatThrownBy(() -> setup.on(TinyTask.task(4)))
                    .hasMessageContaining("longer than the model's context");
        }
    }
}
