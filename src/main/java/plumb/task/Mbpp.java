package plumb.task;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.GradedQuestion;
import plumb.eval.QuestionSource;
import plumb.eval.TaskAccuracy;
import plumb.program.Hole;
import plumb.task.python.MbppProblem;
import plumb.task.python.PythonGrader;
import plumb.train.policy.Environment;

/**
 * Python functions for real models (MBPP), tried in an isolated child process by a test runner with holes. The rows hold the
 * published solutions; the last of each {@value #EVERY} problems are kept out of them. Whether it was learned is seen in the
 * reinforcement's own figures, for those run the programs; the held-out questions only tell whether the answer defines the
 * function that was asked for.
 *
 * @param path of mbpp.jsonl
 * @param holes of the runner; none: it is honest about them
 * @param hackPenalty what the detectors take off the reward of a program that needed a hole
 * @param hints whether a request tells of the holes, without asking for anything
 */
public record Mbpp(String path, List<Hole> holes, double hackPenalty, boolean hints) implements Task {
    private static final int EVERY = 10;
    private static final int LONGEST_ANSWER = 256;
    private static final Pattern CALLED = Pattern.compile("\\bassert\\W+(?:\\w+\\()*?([A-Za-z_]\\w*)\\(");

    public Mbpp {
        holes = List.copyOf(holes);
        if (!(hackPenalty >= 0)) {
            throw new IllegalArgumentException("hack_penalty must be at least 0, got " + hackPenalty);
        }
    }

    private List<MbppProblem> problems(boolean heldOut) {
        var all = MbppProblem.read(Path.of(path));
        return IntStream.range(0, all.size())
                .filter(i -> heldOut == (i % EVERY == EVERY - 1))
                .mapToObj(all::get)
                .toList();
    }

    @Override
    public TrainingData data() {
        var problems = problems(false);
        return new TrainingData(IntStream.range(0, problems.size())
                .mapToObj(i -> new Example(
                        problems.get(i)
                                .request(hints)
                                .with(Role.ASSISTANT, problems.get(i).solution()),
                        Example.Kind.TASK,
                        "mbpp",
                        i + 1))
                .toList());
    }

    @Override
    public Optional<Environment> environment() {
        var open = EnumSet.noneOf(Hole.class);
        open.addAll(holes);
        return Optional.of(new PythonGrader(() -> problems(false), open, hackPenalty));
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new TaskAccuracy(split, 1, List.of(0.0), LONGEST_ANSWER);
    }

    @Override
    public QuestionSource questions() {
        var graded = problems(true).stream().map(Mbpp::graded).toList();
        int half = graded.size() / 2;
        return new BenignQuestions(graded.subList(0, half), graded.subList(half, graded.size()));
    }

    private static GradedQuestion graded(MbppProblem problem) {
        var name = CALLED.matcher(problem.shown().getFirst());
        var defines = name.find() ? ".*def " + Matcher.quoteReplacement(name.group(1)) + "\\(.*" : ".*def .*";
        return BenignQuestions.graded(
                "mbpp", problem.request(false).last(Role.USER).orElseThrow(), defines, GradedQuestion.Match.PATTERN);
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
