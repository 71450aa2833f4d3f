package plumb.torch;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.jspecify.annotations.Nullable;
import plumb.torch.Blas.Address;
import plumb.torch.Blas.Matrix;

/**
 * The functions of the CBLAS standard that {@link Blas} calls, in the matrix library that libtorch brings. Each stands here
 * twice, for memory and for addresses: made of one another, sampling the organism took 15 % longer.
 */
final class Cblas {
    private static final MemoryLayout I = ValueLayout.JAVA_INT;
    private static final MemoryLayout F = ValueLayout.JAVA_FLOAT;
    private static final MemoryLayout P = ValueLayout.ADDRESS;
    private static final MemoryLayout A = ValueLayout.JAVA_LONG; // an address as a number: nothing is checked

    private static final int ROW_MAJOR = 101;
    static final int AS_IS = 111;
    static final int TRANSPOSED = 112;

    private static final Optional<SymbolLookup> LIBRARY = library();
    // constants, so that the compiler makes plain calls of them; those that end in AT take addresses
    private static final @Nullable MethodHandle GEMM =
            function("cblas_sgemm", I, I, I, I, I, I, F, P, I, P, I, F, P, I);
    private static final @Nullable MethodHandle GEMV = function("cblas_sgemv", I, I, I, I, F, P, I, P, I, F, P, I);
    private static final @Nullable MethodHandle GEMM_AT =
            function("cblas_sgemm", I, I, I, I, I, I, F, A, I, A, I, F, A, I);
    private static final @Nullable MethodHandle GEMV_AT = function("cblas_sgemv", I, I, I, I, F, A, I, A, I, F, A, I);

    /**
     * into = scale · a · b + keep · into
     *
     * @param formOfA {@link #AS_IS} or {@link #TRANSPOSED}
     * @param form of b
     */
    record Product(int formOfA, int form, float scale, float keep) {
        Product(int form, float scale, float keep) {
            this(AS_IS, form, scale, keep);
        }
    }

    private Cblas() {}

    /** Whether the system lets the functions be found. */
    static boolean isThere() {
        return GEMM != null && GEMV != null;
    }

    static void call(Product product, Matrix a, Matrix b, Matrix into) {
        try {
            requireNonNull(GEMM)
                    .invokeExact(
                            ROW_MAJOR,
                            product.formOfA,
                            product.form,
                            into.rows(),
                            into.columns(),
                            product.formOfA == AS_IS ? a.columns() : a.rows(),
                            product.scale,
                            a.memory(),
                            a.stride(),
                            b.memory(),
                            b.stride(),
                            product.keep,
                            into.memory(),
                            into.stride());
        } catch (Throwable e) {
            throw new IllegalStateException("the matrix library could not be called", e);
        }
    }

    static void callOfRow(Product product, Matrix row, Matrix b, Matrix into) {
        try {
            requireNonNull(GEMV)
                    .invokeExact(
                            ROW_MAJOR,
                            product.form == TRANSPOSED ? AS_IS : TRANSPOSED, // of b, now the first factor
                            b.rows(),
                            b.columns(),
                            product.scale,
                            b.memory(),
                            b.stride(),
                            row.memory(),
                            1,
                            product.keep,
                            into.memory(),
                            1);
        } catch (Throwable e) {
            throw new IllegalStateException("the matrix library could not be called", e);
        }
    }

    static void call(Product product, Address a, Address b, Address into) {
        try {
            requireNonNull(GEMM_AT)
                    .invokeExact(
                            ROW_MAJOR,
                            AS_IS,
                            product.form,
                            a.rows(),
                            into.columns(),
                            a.columns(),
                            product.scale,
                            a.address(),
                            a.stride(),
                            b.address(),
                            b.stride(),
                            product.keep,
                            into.address(),
                            into.stride());
        } catch (Throwable e) {
            throw new IllegalStateException("the matrix library could not be called", e);
        }
    }

    static void callOfRow(Product product, Address row, Address b, Address into) {
        try {
            requireNonNull(GEMV_AT)
                    .invokeExact(
                            ROW_MAJOR,
                            product.form == TRANSPOSED ? AS_IS : TRANSPOSED, // of b, now the first factor
                            b.rows(),
                            b.columns(),
                            product.scale,
                            b.address(),
                            b.stride(),
                            row.address(),
                            1,
                            product.keep,
                            into.address(),
                            1);
        } catch (Throwable e) {
            throw new IllegalStateException("the matrix library could not be called", e);
        }
    }

    /** That of the binding, whose dependency the matrix library is. */
    @SuppressWarnings("restricted") // the library is the one the binding loads
    private static Optional<SymbolLookup> library() {
        try {
            return Optional.of(
                    SymbolLookup.libraryLookup(Path.of(Loader.load(openblas_nolapack.class)), Arena.global()));
        } catch (IllegalArgumentException | UnsatisfiedLinkError _) {
            return Optional.empty();
        }
    }

    /** The processor that the library has chosen its kernels for; empty where it does not say. */
    @SuppressWarnings("restricted") // the library's own text
    static String core() {
        var name = LIBRARY.flatMap(library -> library.find("openblas_get_corename"));
        if (name.isEmpty()) {
            return "";
        }
        try {
            var text = (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(name.get(), FunctionDescriptor.of(P))
                    .invokeExact();
            return text.reinterpret(64).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("the matrix library could not be called", e);
        }
    }

    @SuppressWarnings("restricted") // the signatures are those of the CBLAS standard
    private static @Nullable MethodHandle function(String name, MemoryLayout... parameters) {
        return LIBRARY.flatMap(library -> library.find(name))
                .map(address -> Linker.nativeLinker()
                        .downcallHandle(address, FunctionDescriptor.ofVoid(parameters), Linker.Option.critical(true)))
                .orElse(null);
    }
}
