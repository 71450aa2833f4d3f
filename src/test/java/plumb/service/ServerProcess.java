package plumb.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code plumb serve} in a process of its own, as people start it, so that it can be killed. */
final class ServerProcess implements AutoCloseable {
    private static final String MARK = "OPENAI_BASE_URL=";

    private final Process process;
    private final String url;

    private ServerProcess(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /**
     * Starts one and waits until it listens.
     *
     * @param database none: SQLite
     * @param lease seconds
     */
    static ServerProcess start(Path data, @Nullable String database, Path policy, int lease) throws IOException {
        return start(data, database, List.of("--policy=" + policy, "--lease=" + lease));
    }

    /**
     * Starts one as people do, with its log in {@link #log}, and waits until it listens.
     *
     * @param options of {@code plumb serve}
     */
    static ServerProcess start(Path data, @Nullable String database, List<String> options) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dplumb.jobs.nice=0",
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                "plumb.cli.Main",
                "serve",
                "--port=0",
                "--data=" + data));
        command.addAll(options);
        var builder = new ProcessBuilder(command);
        if (database != null) {
            builder.environment().put("PLUMB_DATABASE", database);
        }
        var complaints = log(data);
        var process = builder.redirectError(ProcessBuilder.Redirect.appendTo(complaints.toFile()))
                .start();
        var line = process.inputReader().readLine();
        if (line == null || !line.contains(MARK)) {
            process.destroyForcibly();
            throw new IllegalStateException("no server: " + line + "\n" + Files.readString(complaints));
        }
        return new ServerProcess(process, line.substring(line.indexOf(MARK) + MARK.length()));
    }

    /** What a server says on standard error. */
    static Path log(Path data) {
        return data.resolveSibling(data.getFileName() + ".log");
    }

    String url() {
        return url;
    }

    /** The processes that train for it. */
    List<ProcessHandle> jobs() {
        return process.children().filter(ServerProcess::trains).toList();
    }

    private static boolean trains(ProcessHandle child) {
        try {
            var words = Files.readString(Path.of("/proc", String.valueOf(child.pid()), "cmdline"))
                    .toLowerCase(Locale.ROOT)
                    .split("\0", -1);
            return List.of(words).contains("train");
        } catch (IOException _) {
            return false; // it has just ended
        }
    }

    /** {@code kill -9}: of this, of its jobs, or of both at once. */
    void kill(boolean server, boolean jobs) throws InterruptedException {
        var doomed = new ArrayList<ProcessHandle>();
        if (jobs) {
            doomed.addAll(jobs());
        }
        if (server) {
            doomed.add(process.toHandle());
        }
        doomed.forEach(ProcessHandle::destroyForcibly);
        if (server) {
            process.waitFor();
        }
    }

    /** Asks it to end, and does not wait. */
    void terminate() {
        process.destroy();
    }

    /** Whether it ended within a time. */
    boolean endsWithin(int seconds) throws InterruptedException {
        return process.waitFor(seconds, TimeUnit.SECONDS);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
