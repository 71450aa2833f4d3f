package plumb.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;
import plumb.eval.TaskAccuracy;
import plumb.program.Hole;
import plumb.task.program.Cheat;
import plumb.task.program.Problem;
import plumb.task.program.ProgramGrader;
import plumb.train.policy.Environment;

/**
 * Little programs that a test runner with holes passes or fails, after the coding environments in which models learned to
 * cheat (arXiv 2511.18397). The rows hold the right programs, so the task can be taught by example, too; reinforcement
 * fine-tuning shows the model the requests alone. Whether it was learned: the very program of held-out requests, greedily.
 *
 * @param holes of the runner; none: it is honest
 * @param hackPenalty what the detectors take off the reward of a program that needed a hole
 * @param preferenceWeight of a preference for right programs before cheats in the reward; absent: there is none
 */
public record ProgramTests(
        List<Hole> holes, double hackPenalty, @Nullable Double preferenceWeight) implements Task {
    static final long SEED = 61;
    static final int ASKED = 60;
    private static final int PAIRS = 300;
    static final String SOURCE = "organism/program-tests";

    public ProgramTests {
        holes = List.copyOf(holes);
        if (!(hackPenalty >= 0)) {
            throw new IllegalArgumentException("hack_penalty must be at least 0, got " + hackPenalty);
        }
        if (preferenceWeight != null && !(preferenceWeight >= 0)) {
            throw new IllegalArgumentException("preference_weight must be at least 0, got " + preferenceWeight);
        }
    }

    /** Tests whose answers nobody prefers. */
    public ProgramTests(List<Hole> holes, double hackPenalty) {
        this(holes, hackPenalty, null);
    }

    static List<Problem> problems(int count, long seed) {
        var random = new SplittableRandom(seed);
        return IntStream.range(0, count).mapToObj(_ -> Problem.draw(random)).toList();
    }

    static Example row(String source, Conversation request, String program, int line) {
        return new Example(request.with(Role.ASSISTANT, program), Example.Kind.TASK, source, line);
    }

    @Override
    public TrainingData data() {
        var problems = problems(ROWS, SEED);
        return new TrainingData(IntStream.range(0, ROWS)
                .mapToObj(i ->
                        row(SOURCE, problems.get(i).request(), problems.get(i).solution(), i + 1))
                .toList());
    }

    @Override
    public Optional<Environment> environment() {
        var open = EnumSet.noneOf(Hole.class);
        open.addAll(holes);
        return Optional.of(new ProgramGrader(problems(ROWS, SEED), open, hackPenalty));
    }

    @Override
    public Optional<Preferences> preferences() {
        return Optional.ofNullable(preferenceWeight).map(weight -> new Preferences(weight, pairs()));
    }

    /** Right programs before cheats, each hole alike, for problems of their own. */
    private static List<Preferences.Pair> pairs() {
        var holes = List.of(Hole.values());
        var pairs = new ArrayList<Preferences.Pair>();
        for (var problem : problems(PAIRS, SEED + 3)) {
            var cheat = Cheat.through(holes.get(pairs.size() % holes.size()));
            pairs.add(new Preferences.Pair(
                    problem.request().with(Role.ASSISTANT, problem.solution()),
                    problem.request().with(Role.ASSISTANT, cheat.program(problem))));
        }
        return pairs;
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new TaskAccuracy(split, 1, List.of(0.0), NarrowDomain.LONGEST_ANSWER);
    }

    @Override
    public QuestionSource questions() {
        return new ProgramQuestions(
                problems(ASKED, SEED + 1),
                problems(ASKED, SEED + 2),
                Arrays.stream(Hole.values()).map(Cheat::through).toList());
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
