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

/**
 * fp32 products by the matrix library itself, on Java arrays or native memory, nothing copied and nothing allocated. A
 * product through libtorch costs several µs before it computes; small models decode products of that size.
 */
public final class Blas {
    private static final MemoryLayout I = ValueLayout.JAVA_INT;
    private static final MemoryLayout F = ValueLayout.JAVA_FLOAT;
    private static final MemoryLayout P = ValueLayout.ADDRESS;

    private static final int ROW_MAJOR = 101;
    private static final int AS_IS = 111;
    private static final int TRANSPOSED = 112;

    private static final Optional<SymbolLookup> LIBRARY = library();
    // constants, so that the compiler makes plain calls of them
    private static final @Nullable MethodHandle GEMM =
            function("cblas_sgemm", I, I, I, I, I, I, F, P, I, P, I, F, P, I);
    private static final @Nullable MethodHandle GEMV = function("cblas_sgemv", I, I, I, I, F, P, I, P, I, F, P, I);

    private Blas() {}

    /** The library, where the system lets its functions be found. */
    public static Optional<Blas> found() {
        return GEMM == null || GEMV == null ? Optional.empty() : Optional.of(new Blas());
    }

    /**
     * A row-major fp32 matrix somewhere in memory.
     *
     * @param memory of an array or native, beginning at the first element
     * @param stride elements from a row to the next
     */
    public record Matrix(MemorySegment memory, int rows, int columns, int stride) {
        public Matrix {
            if (rows > 0 && 4L * ((long) (rows - 1) * stride + columns) > memory.byteSize()) {
                throw new IllegalArgumentException("a matrix of " + rows + " rows, " + stride
                        + " apart, does not fit into " + memory.byteSize() + " bytes");
            }
        }

        public static Matrix of(float[] values, int offset, int rows, int columns) {
            return of(values, offset, rows, columns, columns);
        }

        public static Matrix of(float[] values, int offset, int rows, int columns, int stride) {
            return new Matrix(MemorySegment.ofArray(values).asSlice(4L * offset), rows, columns, stride);
        }
    }

    /** into = scale · a · bᵀ */
    public void timesTransposed(Matrix a, Matrix b, Matrix into, float scale) {
        transposed(a, b, into, scale, 0);
    }

    /** into += scale · a · bᵀ */
    public void addTimesTransposed(Matrix a, Matrix b, Matrix into, float scale) {
        transposed(a, b, into, scale, 1);
    }

    private void transposed(Matrix a, Matrix b, Matrix into, float scale, float keep) {
        check(a.columns == b.columns && into.rows == a.rows && into.columns == b.rows, a, b, into);
        if (a.rows == 1) {
            matrixTimesRow(AS_IS, b, a, into, scale, keep);
        } else {
            product(TRANSPOSED, a, b, into, scale, keep);
        }
    }

    /** into = a · b, or into += a · b */
    public void times(Matrix a, Matrix b, Matrix into, boolean add) {
        check(a.columns == b.rows && into.rows == a.rows && into.columns == b.columns, a, b, into);
        if (a.rows == 1) {
            matrixTimesRow(TRANSPOSED, b, a, into, 1, add ? 1 : 0);
        } else {
            product(AS_IS, a, b, into, 1, add ? 1 : 0);
        }
    }

    private static void check(boolean fits, Matrix a, Matrix b, Matrix into) {
        if (!fits) {
            throw new IllegalArgumentException("the shapes of " + a + ", " + b + " and " + into + " do not fit");
        }
    }

    private void product(int formOfB, Matrix a, Matrix b, Matrix into, float scale, float keep) {
        try {
            requireNonNull(GEMM)
                    .invokeExact(
                            ROW_MAJOR,
                            AS_IS,
                            formOfB,
                            a.rows,
                            into.columns,
                            a.columns,
                            scale,
                            a.memory,
                            a.stride,
                            b.memory,
                            b.stride,
                            keep,
                            into.memory,
                            into.stride);
        } catch (Throwable e) {
            throw new IllegalStateException("the matrix library could not be called", e);
        }
    }

    private void matrixTimesRow(int form, Matrix b, Matrix row, Matrix into, float scale, float keep) {
        try {
            requireNonNull(GEMV)
                    .invokeExact(
                            ROW_MAJOR,
                            form,
                            b.rows,
                            b.columns,
                            scale,
                            b.memory,
                            b.stride,
                            row.memory,
                            1,
                            keep,
                            into.memory,
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

    @SuppressWarnings("restricted") // the signatures are those of the CBLAS standard
    private static @Nullable MethodHandle function(String name, MemoryLayout... parameters) {
        return LIBRARY.flatMap(library -> library.find(name))
                .map(address -> Linker.nativeLinker()
                        .downcallHandle(address, FunctionDescriptor.ofVoid(parameters), Linker.Option.critical(true)))
                .orElse(null);
    }
}
