package plumb.service.job;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a worker process is started: as this one was, with another heap, on its share of the cores. It must end when its
 * input ends, so it never outlives the server.
 */
public final class ChildProcess {
    private static final String MAIN = "plumb.cli.Main";

    /** Further options of workers, words between spaces. */
    private static final String OPTIONS = System.getProperty("plumb.workers.jvm", "");

    private ChildProcess() {}

    /**
     * What a worker may take.
     *
     * @param heap as {@code -Xmx} has it
     * @param memory native and Java memory together; likewise, 0 for no limit
     * @param threads of one operation
     * @param nice how much it gives way to others when there are too few cores: 0 (not at all) to 19
     */
    public record Share(String heap, String memory, int threads, int nice) {}

    /**
     * Starts {@code plumb worker …}.
     *
     * @param output where its output goes: a file, or {@link Redirect#PIPE}
     * @param log where it complains
     */
    public static Process start(List<String> arguments, Share share, Redirect output, Path log) {
        var command = new ArrayList<String>(giveWay(share.nice()));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags());
        command.addAll(List.of(
                "-Xmx" + share.heap(),
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=" + share.memory(),
                "-cp",
                System.getProperty("java.class.path"),
                MAIN,
                "worker"));
        command.addAll(arguments);
        command.addAll(List.of("--threads", String.valueOf(share.threads())));
        var builder = new ProcessBuilder(command)
                .redirectOutput(output)
                .redirectError(Redirect.appendTo(new File(log.toString())));
        builder.environment().put("OMP_NUM_THREADS", String.valueOf(share.threads()));
        builder.environment().put("OMP_WAIT_POLICY", "passive");
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The program that lowers a priority and then becomes the worker, where there is one: on every system but Windows. */
    private static List<String> giveWay(int nice) {
        return nice == 0 || File.separatorChar == '\\' ? List.of() : List.of("nice", "-n", String.valueOf(nice));
    }

    /** Those of this process that are not about its size, its debugger, or what it leaves at its end. */
    private static List<String> flags() {
        var flags = new ArrayList<String>();
        for (var flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.matches(
                    "-Xmx.*|-XX:AOTCacheOutput.*|-agentlib.*|-javaagent.*|-Dorg\\.bytedeco\\.javacpp\\.max.*")) {
                flags.add(flag);
            }
        }
        if (!flags.contains("--enable-native-access=ALL-UNNAMED")) {
            flags.add("--enable-native-access=ALL-UNNAMED");
        }
        flags.addAll(OPTIONS.isBlank() ? List.of() : List.of(OPTIONS.trim().split("\\s+", -1)));
        return flags;
    }
}
