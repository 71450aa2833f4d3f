package plumb.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** The device and the threads. Everything process-wide about libtorch is set here. */
public final class Torch {
    private Torch() {}

    /**
     * How many cores one operation of the calling thread may use. With several runs in one process, give each thread 1:
     * threads that wait for each other at every operation on busy cores cost up to 8 ms an operation. The matrix library
     * has threads of its own, and one number of them for the whole process.
     */
    public static void setThreads(int threads) {
        torch.set_num_threads(threads);
        openblas_nolapack.blas_set_num_threads(threads);
    }

    /** Until closed, products on whatever thread keep to one core each, so that threads can have one of their own. */
    public static OneThread oneThreadAnOperation() {
        return new OneThread(threads());
    }

    /** See {@link Torch#oneThreadAnOperation}. */
    public static final class OneThread implements AutoCloseable {
        private final int before;

        private OneThread(int before) {
            this.before = before;
            openblas_nolapack.blas_set_num_threads(1);
        }

        @Override
        public void close() {
            openblas_nolapack.blas_set_num_threads(before);
        }
    }

    /**
     * Whether this processor has products of a 16-bit type. Without them the library emulates every one, ten times slower
     * than fp32. Where the system does not tell, it is assumed.
     */
    public static boolean multiplies(Dtype dtype) {
        var flags = Path.of("/proc/cpuinfo");
        var wanted = dtype == Dtype.BF16 ? List.of("amx_bf16", "avx512_bf16") : List.of("amx_fp16", "avx512_fp16");
        try (var lines = Files.lines(flags)) {
            var words = lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> List.of(line.split(" ", -1)));
            return words.isEmpty() || wanted.stream().anyMatch(words.get()::contains);
        } catch (IOException | java.io.UncheckedIOException _) {
            return true;
        }
    }

    public static int threads() {
        return torch.get_num_threads();
    }

    public static boolean cudaIsAvailable() {
        return torch.cuda_is_available();
    }

    /** The version of the libtorch binding, for manifests. */
    public static String version() {
        var version = torch.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Checks a device name ({@code cpu} or {@code cuda}, {@code cuda:1}) and that the device is there. */
    public static String requireDevice(String name) {
        if (!name.matches("cpu|cuda(:\\d+)?")) {
            throw new IllegalArgumentException("unknown device '" + name + "': use cpu, cuda or cuda:N");
        }
        if (name.startsWith("cuda") && !cudaIsAvailable()) {
            throw new IllegalArgumentException("device '" + name
                    + "' is not available: build with the cuda profile on a machine with CUDA 13, or use cpu");
        }
        return name;
    }

    static TensorOptions options(Dtype dtype, String device) {
        return new TensorOptions(dtype.scalarType())
                .device(new org.bytedeco.pytorch.DeviceOptional(new Device(device)));
    }
}
