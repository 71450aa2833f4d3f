package plumb.task.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.task.python.Isolation.Ending;

/** Ways out, tried without the harness, so that only the walls are in the way. */
@Timeout(60)
final class IsolationTest {
    private static final Isolation SMALL = new Isolation(256, 1);

    @BeforeAll
    static void python() {
        Python.assume();
    }

    private static String said(String program) {
        return SMALL.run(program, "").output();
    }

    @Test
    void whatComputesRunsAndItsInputAndStatusComeThrough() {
        var outcome = SMALL.run("import sys\nprint(sys.stdin.read() * 2)\nsys.exit(3)", "ab");
        assertThat(outcome).isEqualTo(new Isolation.Outcome(Ending.LEFT, 3, "abab\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "open('/etc/passwd').read()",
                "open('/proc/1/environ').read()",
                "open('/proc/self/maps').read()",
                "open('out.txt', 'w')",
                "open('/tmp/out.txt', 'w')",
                "import os; os.mkdir('/new')",
                "import os; os.listdir('/')",
                "import os; os.fork()",
                "import os; os.execv('/bin/sh', ['sh'])",
                "import os; os.posix_spawn('/bin/sh', ['sh'], {})",
                "import os; os.system('true') == 0 or 1 / 0",
                "import _thread; _thread.start_new_thread(print, ())",
                "import os; os.setuid(0)",
                "import os; os.chroot('/')",
                "import os; os.setpriority(os.PRIO_PROCESS, 0, -5)",
                "import os; os.kill(os.getppid() or -1, 9)",
                "import os; os.pipe()",
                "import socket; socket.create_connection(('127.0.0.1', 80))",
                "import _socket; _socket.socket()",
                "import ctypes; ctypes.CDLL(None).unshare(0)",
                "bytearray(1 << 30)",
                "x = [0]\nwhile True: x += x",
            })
    void aWayOutFails(String program) {
        var outcome = SMALL.run(program + "\nprint('OUT')", "");
        assertThat(outcome.output()).doesNotContain("OUT").containsPattern("Error|error");
        assertThat(outcome.status()).isNotZero();
    }

    @Test
    void whoGetsAtTheCLibraryGetsNoFurther() {
        var reach = """
                    import gc
                    found = [m for m in gc.get_objects() if getattr(m, '__name__', '') == 'ctypes']
                    libc = found[0].CDLL(None, use_errno=True)
                    print('socket', libc.socket(2, 1, 0))
                    print('unshare', libc.unshare(0x10000000))
                    print('mount', libc.mount(b'none', b'/', b'tmpfs', 0, None))
                    print('ptrace', libc.ptrace(0, 0, 0, 0))
                    """;
        assertThat(said(reach)).contains("socket -1", "unshare -1", "mount -1", "ptrace -1");
    }

    @Test
    void nothingOfTheGradersEnvironmentAndFilesIsThere(@TempDir Path folder) throws IOException {
        var secret = Files.writeString(folder.resolve("tests.txt"), "the right answer");
        assertThat(said("import os; print(sorted(os.environ))")).isIn("[]\n", "['LC_CTYPE']\n");
        assertThat(said("import os; print(os.path.exists('" + secret + "'), os.getuid(), os.getpid(), os.getcwd())"))
                .isEqualTo("False 65534 1 /\n");
        assertThat(secret).hasContent("the right answer");
    }

    @Test
    void aForkBombIsNoBombAndALoopIsEndedWithAllItStarted() {
        var bomb = SMALL.run(
                "import os\nn = 0\nfor _ in range(1000):\n  try: os.fork(); n += 1\n  except OSError: pass\nprint(n)",
                "");
        assertThat(bomb.output()).isEqualTo("0\n");
        var endless = CompletableFuture.supplyAsync(() -> SMALL.run("while True: pass", ""));
        List<ProcessHandle> started = List.of();
        while (started.size() < 2 && !endless.isDone()) {
            started = ProcessHandle.current().descendants().toList();
        }
        assertThat(endless.join().status()).isGreaterThan(128);
        assertThat(started).hasSizeGreaterThanOrEqualTo(2).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void aProgramThatSleepsIsEndedByTheClock() {
        long begun = System.nanoTime();
        var outcome = SMALL.run("import time\ntime.sleep(60)", "");
        assertThat(outcome.ending()).isEqualTo(Ending.TOO_LONG);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void megabytesOfOutputAreCutShort() {
        var outcome = SMALL.run("while True: print('x' * 10000)", "");
        assertThat(outcome.ending()).isEqualTo(Ending.TOO_MUCH);
        assertThat(outcome.output()).hasSizeLessThan(1 << 17);
    }

    /** The real walls, on a machine that lacks one: made so by asking for another processor, or a call the kernel refuses. */
    @ParameterizedTest
    @CsvSource({
        "'x86_64', 'sparc', filter of system calls: known for",
        "'rest = NEWNS', 'rest = -1', namespace of its own: "
    })
    void whatCannotBeShutInIsNotRun(String wall, String gap, String why) throws IOException {
        var isolate = Isolation.resource("isolate.py");
        assertThat(isolate).contains(wall);
        var process = new ProcessBuilder(
                        "python3", "-I", "-S", "-c", isolate.replace(wall, gap), "print('RUN')", "256", "1")
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains(why)
                .doesNotContain("RUN", "isolated\n");
        assertThat(process.onExit().join().exitValue()).isNotZero();
    }

    @Test
    void whoKillsEverythingInReachKillsOnlyItself() {
        var said = said(
                "import os, signal\nos.kill(-1, 9) if os.getppid() else os.kill(0, signal.SIGTERM)\nprint('alive')");
        assertThat(said).doesNotContain("Traceback");
        assertThat(ProcessHandle.current().isAlive()).isTrue();
        assertThat(said("print(1)")).isEqualTo("1\n");
    }
}
