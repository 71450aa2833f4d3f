package plumb.task.python;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import plumb.chat.BadInput;

/**
 * Runs Python where it can do nothing but compute: own namespaces with no network and an empty read-only root, no privileges,
 * hard limits of memory, time and processes, and a filter that leaves some fifty system calls; {@code isolate.py} puts up the
 * walls, on Linux on x86-64, as root or not. Code that has not been shut in is never run.
 *
 * @param megabytes of address space; Python itself needs about 40
 * @param seconds of computing; of the clock it gets twice as many and one more
 */
record Isolation(int megabytes, int seconds) {
    /** For a program of a few lines. */
    static final Isolation SMALL = new Isolation(256, 2);

    private static final int LONGEST = 1 << 16; // bytes of output
    private static final String ISOLATED = "isolated\n";
    private static final String ISOLATE = resource("isolate.py");

    /** How it ended. */
    enum Ending {
        /** By itself, with an exit status. */
        LEFT,
        /** The clock ran out. */
        TOO_LONG,
        /** It said too much. */
        TOO_MUCH
    }

    /**
     * What came of a run.
     *
     * @param status as the shell has it: above 128 a signal ended it, such as 137 when its time of computing was up
     * @param output of both kinds
     */
    record Outcome(Ending ending, int status, String output) {
        boolean left(int wanted) {
            return ending == Ending.LEFT && status == wanted;
        }
    }

    /** The interpreter itself, if there is one: what is on the path may be a script that needs its surroundings. */
    private static final class Interpreter {
        static final Optional<String> PATH = find();

        private static Optional<String> find() {
            try {
                var asking =
                        new ProcessBuilder("python3", "-I", "-S", "-c", "import sys; print(sys.executable)").start();
                var path = new String(asking.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                boolean told = asking.onExit().join().exitValue() == 0;
                return Optional.of(path).filter(some -> told && !some.isEmpty());
            } catch (IOException _) {
                return Optional.empty();
            }
        }
    }

    static String resource(String name) {
        try (var in = Objects.requireNonNull(Isolation.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs a text with an input.
     *
     * @throws BadInput if this machine cannot shut it in
     */
    Outcome run(String text, String input) {
        var python = Interpreter.PATH.orElseThrow(
                () -> new BadInput("Python tasks need python3 (3.9 or newer) on the PATH, and there is none"));
        var begun =
                List.of(python, "-I", "-S", "-c", ISOLATE, text, String.valueOf(megabytes), String.valueOf(seconds));
        var builder = new ProcessBuilder(begun).redirectErrorStream(true);
        builder.environment().clear();
        try {
            var process = builder.start();
            try {
                return isolated(outcome(process, input));
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + python, e);
        }
    }

    private Outcome outcome(Process process, String input) throws IOException {
        var late = CompletableFuture.supplyAsync(
                () -> process.destroyForcibly() != null,
                CompletableFuture.delayedExecutor(2L * seconds + 1, TimeUnit.SECONDS));
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException _) {
            // it ended before it had read all; why is in what it said
        }
        var said = process.getInputStream().readNBytes(LONGEST + 1);
        var text = new String(said, StandardCharsets.UTF_8);
        if (said.length > LONGEST) {
            return new Outcome(Ending.TOO_MUCH, -1, text);
        }
        int status = process.onExit().join().exitValue();
        boolean inTime = late.cancel(false);
        return new Outcome(inTime ? Ending.LEFT : Ending.TOO_LONG, status, text);
    }

    private static Outcome isolated(Outcome outcome) {
        if (!outcome.output().startsWith(ISOLATED)) {
            throw new BadInput(
                    "this machine cannot shut Python programs in, so none is run: "
                            + outcome.output().strip()
                            + ". Needed: Linux on x86-64, user namespaces (or root with the right to make namespaces) and seccomp");
        }
        return new Outcome(outcome.ending(), outcome.status(), outcome.output().substring(ISOLATED.length()));
    }

    /** Says now what would keep every program from running. */
    static void require() {
        SMALL.run("pass", "");
    }
}
