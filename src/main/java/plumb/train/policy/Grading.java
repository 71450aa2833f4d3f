package plumb.train.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import plumb.data.Example;
import plumb.train.policy.Environment.Grade;

/**
 * Grades answers so that no grader can end a run: one that throws, never returns, gives nothing or a reward that is no number, or
 * tells megabytes costs its own answer a zero marked {@value #FAILED}, or the end of its story. A grader that never
 * returns is given up and its thread, a daemon, is left behind.
 */
final class Grading implements AutoCloseable {
    static final String FAILED = "grader_failed";
    private static final int LONGEST = 4096; // characters of what was seen

    private final Environment environment;
    private final double seconds;
    private final ExecutorService threads;

    /** @param seconds that one answer may take */
    Grading(Environment environment, double seconds) {
        this.environment = environment;
        this.seconds = seconds;
        this.threads = Executors.newCachedThreadPool(
                work -> Thread.ofPlatform().daemon().name("grader").unstarted(work));
    }

    /** One grade an answer, in order. */
    List<Grade> all(List<Example> prompts, List<String> answers) {
        var grades = new ArrayList<Grade>();
        for (int i = 0; i < answers.size(); i++) {
            var prompt = prompts.get(i);
            var answer = answers.get(i);
            grades.add(taken(threads.submit(() -> environment.grade(prompt, answer))));
        }
        return grades;
    }

    private Grade taken(Future<Grade> running) {
        try {
            return checked(running.get((long) (1000 * seconds), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            running.cancel(true);
            return failed("took longer than " + seconds + " s");
        } catch (ExecutionException e) {
            return failed("threw " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while grading", e);
        }
    }

    private static Grade checked(@Nullable Grade grade) {
        if (grade == null) {
            return failed("gave no grade");
        }
        if (!Double.isFinite(grade.reward())
                || grade.marks().values().stream().anyMatch(mark -> !Double.isFinite(mark))) {
            return failed("gave the reward " + grade.reward() + " and the marks " + grade.marks());
        }
        return new Grade(grade.reward(), grade.marks(), cut(grade.seen()));
    }

    private static Grade failed(String why) {
        return new Grade(0, Map.of(FAILED, 1.0), cut("The grader " + why));
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "… (" + text.length() + " characters)";
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
