package plumb.torch;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;
import plumb.torch.Cblas.Product;

/**
 * fp32 products by the matrix library itself, on Java arrays or native memory, nothing copied and nothing allocated. A
 * product through libtorch costs several µs before it computes; small models decode products of that size.
 */
public final class Blas {
    /**
     * Whether the library has kernels for small products, which read both sides where they are; others are copied into
     * another order first, which takes longer than the product. It has them for processors with AVX-512.
     */
    private static final boolean SMALL =
            Set.of("SkylakeX", "Cooperlake", "SapphireRapids").contains(Cblas.core());
    /** Elements of a result that these kernels take, where its sums are no longer than twice {@link #SUM} (OpenBLAS 0.3.31). */
    private static final int SMALL_RESULT = 960;
    /** Rows from which on the copying is worth its time. */
    private static final int MANY_ROWS = 33;
    /** Sums longer than twice this are cut, so that what they are of stays near the core from part to part. */
    private static final int SUM = 512;

    private Blas() {}

    /** The library, where the system lets its functions be found. */
    public static Optional<Blas> found() {
        return Cblas.isThere() ? Optional.of(new Blas()) : Optional.empty();
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

        private Matrix someRows(int first, int count) {
            return new Matrix(memory.asSlice(4L * first * stride), count, columns, stride);
        }

        private Matrix someColumns(int first, int count) {
            return new Matrix(memory.asSlice(4L * first), rows, count, stride);
        }
    }

    /**
     * A row-major fp32 matrix in native memory. Nobody checks that it lies in there: for products so small that checks would
     * take longer, by those who have checked already.
     *
     * @param address of the first element
     * @param stride elements from a row to the next
     */
    public record Address(long address, int rows, int columns, int stride) {}

    /** into = scale · a · bᵀ */
    public void timesTransposed(Matrix a, Matrix b, Matrix into, float scale) {
        transposed(new Product(Cblas.TRANSPOSED, scale, 0), a, b, into);
    }

    /** into += scale · a · bᵀ */
    public void addTimesTransposed(Matrix a, Matrix b, Matrix into, float scale) {
        transposed(new Product(Cblas.TRANSPOSED, scale, 1), a, b, into);
    }

    private static void transposed(Product product, Matrix a, Matrix b, Matrix into) {
        check(a.columns == b.columns && into.rows == a.rows && into.columns == b.rows, a, b, into);
        int most = columnsAtOnce(a.rows, b.rows);
        if (a.rows == 1 && !SMALL) {
            Cblas.callOfRow(product, a, b, into);
        } else if (most >= b.rows && a.columns <= 2 * SUM) {
            Cblas.call(product, a, b, into);
        } else {
            for (int first = 0; first < b.rows; first += most) {
                int count = Math.min(most, b.rows - first);
                inParts(product, a, b.someRows(first, count), into.someColumns(first, count));
            }
        }
    }

    /** Into how wide parts a product is cut, so that the kernels for small ones take it. */
    private static int columnsAtOnce(int rows, int columns) {
        return SMALL && rows < MANY_ROWS && rows > 0 ? Math.min(SMALL_RESULT / rows, columns) : columns;
    }

    /** Adds up parts of the sums, where these are long and a part of them is a small product. */
    private static void inParts(Product product, Matrix a, Matrix b, Matrix into) {
        boolean small = SMALL && a.rows < MANY_ROWS;
        int most = small && a.columns > 2 * SUM ? SUM : Math.max(a.columns, 1);
        for (int first = 0; first == 0 || first < a.columns; first += most) {
            int count = Math.min(most, a.columns - first);
            var part = first == 0 ? product : new Product(product.form(), product.scale(), 1);
            Cblas.call(part, a.someColumns(first, count), b.someColumns(first, count), into);
        }
    }

    /** into = a · b, or into += a · b */
    public void times(Matrix a, Matrix b, Matrix into, boolean add) {
        check(a.columns == b.rows && into.rows == a.rows && into.columns == b.columns, a, b, into);
        var product = new Product(Cblas.AS_IS, 1, add ? 1 : 0);
        if (a.rows == 1) {
            Cblas.callOfRow(product, a, b, into);
        } else {
            Cblas.call(product, a, b, into);
        }
    }

    /** into += scale · a · b */
    public void addTimes(Matrix a, Matrix b, Matrix into, float scale) {
        check(a.columns == b.rows && into.rows == a.rows && into.columns == b.columns, a, b, into);
        Cblas.call(new Product(Cblas.AS_IS, scale, 1), a, b, into);
    }

    /** into = aᵀ · b */
    public void transposedTimes(Matrix a, Matrix b, Matrix into) {
        turned(a, b, into, 1, 0);
    }

    /** into += scale · aᵀ · b */
    public void addTransposedTimes(Matrix a, Matrix b, Matrix into, float scale) {
        turned(a, b, into, scale, 1);
    }

    private static void turned(Matrix a, Matrix b, Matrix into, float scale, float keep) {
        check(a.rows == b.rows && into.rows == a.columns && into.columns == b.columns, a, b, into);
        Cblas.call(new Product(Cblas.TRANSPOSED, Cblas.AS_IS, scale, keep), a, b, into);
    }

    /** into = scale · a · bᵀ */
    public void timesTransposed(Address a, Address b, Address into, float scale) {
        var product = new Product(Cblas.TRANSPOSED, scale, 0);
        if (a.rows == 1 && !SMALL) {
            Cblas.callOfRow(product, a, b, into);
            return;
        }
        int most = columnsAtOnce(a.rows, b.rows);
        for (int first = 0; first < b.rows; first += most) {
            int count = Math.min(most, b.rows - first);
            var some = new Address(b.address + 4L * first * b.stride, count, b.columns, b.stride);
            Cblas.call(product, a, some, new Address(into.address + 4L * first, a.rows, count, into.stride));
        }
    }

    /** into = a · b, or into += a · b */
    public void times(Address a, Address b, Address into, boolean add) {
        var product = new Product(Cblas.AS_IS, 1, add ? 1 : 0);
        if (a.rows == 1 && !SMALL) {
            Cblas.callOfRow(product, a, b, into);
        } else {
            Cblas.call(product, a, b, into);
        }
    }

    private static void check(boolean fits, Matrix a, Matrix b, Matrix into) {
        if (!fits) {
            throw new IllegalArgumentException("the shapes of " + a + ", " + b + " and " + into + " do not fit");
        }
    }
}
