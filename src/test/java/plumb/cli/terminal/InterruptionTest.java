package plumb.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process of its own that is asked to end. */
@Timeout(60)
final class InterruptionTest {
    /** Works for a long time, whatever it is asked. */
    static final class Stubborn {
        private Stubborn() {}

        public static void main(String[] args) throws InterruptedException {
            var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            try (var stop = new Interruption(out)) {
                out.println("working " + stop.getAsBoolean());
                Thread.sleep(120_000);
            }
        }
    }

    @Test
    void theFirstSignalIsPatientAndTheSecondEndsTheProcessAtOnce() throws Exception {
        var process = stubborn();
        try (var said = process.inputReader()) {
            assertThat(said.readLine()).isEqualTo("working false");
            terminate(process);
            assertThat(said.readLine()).isEmpty();
            assertThat(said.readLine()).startsWith("Stopping after this step");
            assertThat(process.waitFor(1, TimeUnit.SECONDS)).isFalse();

            terminate(process);

            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process stubborn() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Stubborn.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void terminate(Process process) throws Exception {
        new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                .start()
                .waitFor();
    }
}
