package plumb.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The narrow float types for which this processor has instructions. For the others libtorch's products fall back to loops
 * that were measured at a tenth to a hundredth of the speed of fp32 (AMD EPYC with AVX2: 0.5–10 against 70 GFLOP/s a core), so
 * there a narrow weight is widened and the product computed in fp32, which is also the more exact.
 */
final class NativeTypes {
    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final Pattern BF16 = Pattern.compile("\\b(amx_bf16|avx512_bf16|bf16)\\b");
    private static final Pattern F16 = Pattern.compile("\\b(amx_fp16|avx512_fp16)\\b");

    private static final Set<Dtype> OF_THIS_PROCESSOR = of(features());

    private NativeTypes() {}

    /** As the kernel lists them; empty where it does not, and then nothing narrow is native. */
    private static String features() {
        try {
            return Files.isReadable(PROCESSOR) ? Files.readString(PROCESSOR) : "";
        } catch (IOException e) {
            return "";
        }
    }

    static Set<Dtype> of(String features) {
        var found = EnumSet.noneOf(Dtype.class);
        if (BF16.matcher(features).find()) {
            found.add(Dtype.BF16);
        }
        if (F16.matcher(features).find()) {
            found.add(Dtype.F16);
        }
        return found;
    }

    static boolean contains(Dtype narrow) {
        return OF_THIS_PROCESSOR.contains(narrow);
    }
}
