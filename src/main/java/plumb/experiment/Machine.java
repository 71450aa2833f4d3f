package plumb.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.torch.Torch;

/**
 * Where a run computes.
 *
 * @param device {@code cpu}, {@code cuda} or {@code cuda:1}
 * @param threads one operation may use; 0: all cores, or one for a model too small to be divided
 */
public record Machine(String device, int threads) {
    /** Checks the device and sets the threads of the calling thread. */
    public void claim() {
        Torch.requireDevice(device);
        if (threads > 0) {
            Torch.setThreads(threads);
        }
    }

    /** For models too small to be divided, unless somebody asked for a number of threads. */
    void keepToOneCore() {
        if (threads == 0) {
            Torch.setThreads(1);
        }
    }

    /** Of everything that could change a number. */
    Map<String, String> versions() {
        var versions = new TreeMap<String, String>();
        versions.put("plumb", "0.1.0");
        versions.put("java", String.valueOf(Runtime.version()));
        versions.put("libtorch", Torch.version());
        versions.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return versions;
    }

    /** What the engine says of itself, by name; what is not as it should be begins with an exclamation mark. */
    public Map<String, String> checks() {
        var checks = new TreeMap<String, String>();
        try (var _ = new Scope()) {
            claim();
            checks.put("libtorch", "version " + Torch.version() + ", " + Torch.threads() + " threads");
            checks.put("arithmetic", arithmetic());
        } catch (UnsatisfiedLinkError | IllegalArgumentException e) {
            checks.put("libtorch", "!" + e.getMessage());
        }
        return checks;
    }

    /** A product whose result is known, and how fast it was. */
    private String arithmetic() {
        int size = 512;
        var values = new float[size * size];
        Arrays.fill(values, 0.5f);
        var a = Tensor.of(values, size, size).to(device);
        double expected = Math.pow(size, 3) / 4;
        double seconds = Double.MAX_VALUE;
        double sum = 0;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            sum = a.matmul(a).sum().item();
            seconds = Math.min(seconds, (System.nanoTime() - start) / 1e9);
        }
        var speed =
                String.format(Locale.ROOT, "%.0f GFLOP/s in fp32 on %s", 2 * Math.pow(size, 3) / seconds / 1e9, device);
        return Math.abs(sum / expected - 1) < 1e-3
                ? speed
                : "!a product came out as " + sum + " instead of " + expected;
    }

    /** The process's largest resident set so far; 0 where the system does not tell. */
    static long peakMegabytes() {
        var status = Path.of("/proc/self/status");
        try {
            return Files.exists(status)
                    ? Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith("VmHWM:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                            .sum()
                    : 0;
        } catch (IOException _) {
            return 0;
        }
    }
}
