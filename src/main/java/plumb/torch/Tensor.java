package plumb.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptionalList;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array in native memory, with the operations Plumb needs under the names PyTorch gives them. A method
 * ending in {@code InPlace} changes its tensor; all others return a new one (or a view, where PyTorch returns a view).
 * Native memory is freed by the surrounding {@link Scope}.
 */
public final class Tensor {
    private final org.bytedeco.pytorch.Tensor pointer;

    Tensor(org.bytedeco.pytorch.Tensor pointer) {
        this.pointer = pointer;
    }

    // ---- making tensors

    public static Tensor zeros(Dtype dtype, String device, long... shape) {
        return new Tensor(torch.zeros(shape, Torch.options(dtype, device)));
    }

    /** Of numbers that mean nothing yet. */
    public static Tensor empty(Dtype dtype, String device, long... shape) {
        return new Tensor(
                torch.empty(shape, Torch.options(dtype, device), new org.bytedeco.pytorch.MemoryFormatOptional()));
    }

    public static Tensor full(double value, Dtype dtype, String device, long... shape) {
        return new Tensor(torch.full(shape, new Scalar(value), Torch.options(dtype, device)));
    }

    /** 0, 1, … n − 1 as {@code I64}. */
    public static Tensor arange(long n, String device) {
        return new Tensor(torch.arange(new Scalar(n), Torch.options(Dtype.I64, device)));
    }

    public static Tensor of(float[] values, long... shape) {
        return filled(Dtype.F32, MemorySegment.ofArray(values), shape);
    }

    public static Tensor of(double[] values, long... shape) {
        return filled(Dtype.F64, MemorySegment.ofArray(values), shape);
    }

    public static Tensor of(long[] values, long... shape) {
        return filled(Dtype.I64, MemorySegment.ofArray(values), shape);
    }

    private static Tensor filled(Dtype dtype, MemorySegment values, long... shape) {
        var tensor = empty(dtype, "cpu", shape);
        tensor.memory().copyFrom(values);
        return tensor;
    }

    /**
     * A tensor over memory that somebody else owns and must keep alive, e.g. a mapped file; nothing is copied.
     *
     * @param memory native, contiguous, of exactly the shape's size in bytes
     */
    public static Tensor over(MemorySegment memory, Dtype dtype, long... shape) {
        long bytes = dtype.bytes();
        for (long size : shape) {
            bytes = Math.multiplyExact(bytes, size);
        }
        if (bytes != memory.byteSize() || !memory.isNative()) {
            throw new IllegalArgumentException(
                    "the shape needs " + bytes + " bytes of native memory, got " + memory.byteSize());
        }
        return new Tensor(torch.from_blob(new Address(memory.address()), shape, Torch.options(dtype, "cpu")));
    }

    // ---- looking at tensors

    public long[] shape() {
        var shape = new long[(int) pointer.dim()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = pointer.size(i);
        }
        return shape;
    }

    public long size(int dimension) {
        return pointer.size(dimension < 0 ? dimension + pointer.dim() : dimension);
    }

    public long numel() {
        return pointer.numel();
    }

    public Dtype dtype() {
        return Dtype.of(pointer.scalar_type());
    }

    /** {@code cpu} or {@code cuda:N}. */
    public String device() {
        return isOnCpu() ? "cpu" : pointer.device().str().getString();
    }

    public boolean isOnCpu() {
        return pointer.is_cpu();
    }

    /** The one element, as a double; waits for the device. */
    public double item() {
        return pointer.item_double();
    }

    /** All elements in row-major order, whatever the type, copied out as floats. */
    public float[] floats() {
        try (var _ = new Scope()) {
            var plain = detach().to(Dtype.F32).to("cpu").contiguous();
            return plain.memory().toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    /** All elements in row-major order, whatever the type, copied out as doubles. */
    public double[] doubles() {
        try (var _ = new Scope()) {
            var plain = detach().to(Dtype.F64).to("cpu").contiguous();
            return plain.memory().toArray(ValueLayout.JAVA_DOUBLE);
        }
    }

    /** All elements in row-major order as longs. */
    public long[] longs() {
        try (var _ = new Scope()) {
            var plain = detach().to(Dtype.I64).to("cpu").contiguous();
            return plain.memory().toArray(ValueLayout.JAVA_LONG);
        }
    }

    /** The bytes of a contiguous CPU tensor, without a copy; valid as long as the tensor lives. */
    @SuppressWarnings("restricted") // the address and size come from libtorch itself
    public MemorySegment memory() {
        if (!pointer.is_cpu() || !pointer.is_contiguous()) {
            throw new IllegalStateException("only a contiguous tensor on the CPU has memory to look at");
        }
        if (numel() == 0) {
            return MemorySegment.NULL; // libtorch has no address for nothing
        }
        return MemorySegment.ofAddress(pointer.data_ptr().address()).reinterpret(numel() * dtype().bytes());
    }

    // ---- life

    /** Keeps this tensor alive beyond every scope until {@link #release}. */
    public Tensor hold() {
        pointer.retainReference();
        return this;
    }

    /** Gives up one {@link #hold}. */
    public void release() {
        pointer.releaseReference();
    }

    // ---- gradients

    public Tensor requiresGradInPlace(boolean required) {
        pointer.set_requires_grad(required);
        return this;
    }

    public boolean requiresGrad() {
        return pointer.requires_grad();
    }

    public boolean hasGradient() {
        return pointer.grad().defined();
    }

    /** The gradient accumulated in this leaf. */
    public Tensor gradient() {
        var gradient = pointer.grad();
        if (!gradient.defined()) {
            throw new IllegalStateException("no gradient has reached this tensor");
        }
        return new Tensor(gradient);
    }

    /** Zeroes the accumulated gradient, if there is one. */
    public void clearGradient() {
        var gradient = pointer.grad();
        if (gradient.defined()) {
            gradient.zero_();
        }
    }

    /** Adds scale · other to the gradient accumulated in this leaf. */
    public void addGradient(Tensor other, double scale) {
        var gradient = pointer.grad();
        if (gradient.defined()) {
            gradient.add_(other.pointer, new Scalar(scale));
        } else {
            pointer.mutable_grad().put(other.mul(scale).contiguous().pointer);
        }
    }

    /** Runs the tape back from this scalar. */
    public void backward() {
        pointer.backward();
    }

    public Tensor detach() {
        return new Tensor(pointer.detach());
    }

    // ---- arithmetic

    public Tensor add(Tensor other) {
        return new Tensor(pointer.add(other.pointer));
    }

    public Tensor add(double value) {
        return new Tensor(pointer.add(new Scalar(value)));
    }

    /** this + scale · other */
    public Tensor add(Tensor other, double scale) {
        return new Tensor(pointer.add(other.pointer, new Scalar(scale)));
    }

    public Tensor sub(Tensor other) {
        return new Tensor(pointer.sub(other.pointer));
    }

    public Tensor mul(Tensor other) {
        return new Tensor(pointer.mul(other.pointer));
    }

    public Tensor mul(double value) {
        return new Tensor(pointer.mul(new Scalar(value)));
    }

    public Tensor div(Tensor other) {
        return new Tensor(pointer.div(other.pointer));
    }

    public Tensor neg() {
        return new Tensor(pointer.neg());
    }

    /** this + a · b, element by element */
    public Tensor addcmul(Tensor a, Tensor b) {
        return new Tensor(torch.addcmul(pointer, a.pointer, b.pointer));
    }

    public Tensor exp() {
        return new Tensor(pointer.exp());
    }

    public Tensor log() {
        return new Tensor(pointer.log());
    }

    public Tensor sqrt() {
        return new Tensor(pointer.sqrt());
    }

    public Tensor rsqrt() {
        return new Tensor(pointer.rsqrt());
    }

    public Tensor cos() {
        return new Tensor(pointer.cos());
    }

    public Tensor sin() {
        return new Tensor(pointer.sin());
    }

    public Tensor square() {
        return new Tensor(pointer.square());
    }

    public Tensor silu() {
        return new Tensor(torch.silu(pointer));
    }

    /** GELU by its tanh approximation (Hendrycks and Gimpel, arXiv 1606.08415). */
    public Tensor geluTanh() {
        return new Tensor(torch.gelu(pointer, "tanh"));
    }

    /** x / √(mean(x²) + ε) · weight over the last dimension (Zhang and Sennrich, arXiv 1910.07467). */
    public Tensor rmsNorm(Tensor weight, double epsilon) {
        return new Tensor(torch.rms_norm(
                pointer,
                new long[] {weight.numel()},
                new TensorOptional(weight.pointer),
                new org.bytedeco.pytorch.DoubleOptional(epsilon)));
    }

    public Tensor softmax(int dimension) {
        return new Tensor(torch.softmax(pointer, dimension));
    }

    public Tensor logSoftmax(int dimension) {
        return new Tensor(torch.log_softmax(pointer, dimension));
    }

    // ---- reductions

    public Tensor sum() {
        return new Tensor(pointer.sum());
    }

    public Tensor sum(int dimension, boolean keepDimension) {
        return new Tensor(pointer.sum(new long[] {dimension}, keepDimension, new ScalarTypeOptional()));
    }

    public Tensor mean() {
        return new Tensor(pointer.mean());
    }

    public Tensor mean(int dimension, boolean keepDimension) {
        return new Tensor(pointer.mean(new long[] {dimension}, keepDimension, new ScalarTypeOptional()));
    }

    /** Euclidean norm of all elements. */
    public Tensor norm() {
        return new Tensor(torch.norm(pointer));
    }

    public Tensor argmax(int dimension) {
        return new Tensor(torch.argmax(pointer, new LongOptional(dimension), false));
    }

    public Tensor amax(int dimension, boolean keepDimension) {
        return new Tensor(pointer.amax(new long[] {dimension}, keepDimension));
    }

    public Tensor cumsum(int dimension) {
        return new Tensor(torch.cumsum(pointer, dimension));
    }

    public boolean allFinite() {
        return torch.isfinite(pointer).all().item_bool();
    }

    // ---- products

    /** Matrix product with PyTorch's broadcasting. */
    public Tensor matmul(Tensor other) {
        return new Tensor(torch.matmul(pointer, other.pointer));
    }

    public Tensor bmm(Tensor other) {
        return new Tensor(torch.bmm(pointer, other.pointer));
    }

    /** x Wᵀ for a weight of shape [out, in], which is brought to the type of x if it is stored narrower. */
    public Tensor linear(Tensor weight) {
        return weight.dtype() == dtype() || Autograd.records() || pointer.dim() != 2
                ? new Tensor(torch.linear(pointer, weight.to(dtype()).pointer))
                : WideProduct.of(this, weight);
    }

    /** x Wᵀ + b, without b where it is null. */
    public Tensor linear(Tensor weight, @Nullable Tensor bias) {
        if (bias != null && weight.dtype() != dtype() && !Autograd.records()) {
            return linear(weight).addInPlace(bias, 1);
        }
        return bias == null
                ? linear(weight)
                : new Tensor(torch.linear(pointer, weight.to(dtype()).pointer, new TensorOptional(bias.pointer)));
    }

    /** this + scale · a b, for matrices */
    public Tensor addmm(Tensor a, Tensor b, double scale) {
        return new Tensor(torch.addmm(pointer, a.pointer, b.pointer, new Scalar(1.0), new Scalar(scale)));
    }

    /** this + scale · a b, for batches of matrices; this may broadcast over the batch. */
    public Tensor baddbmm(Tensor a, Tensor b, double scale) {
        return new Tensor(torch.baddbmm(pointer, a.pointer, b.pointer, new Scalar(1.0), new Scalar(scale)));
    }

    // ---- shape

    public Tensor view(long... shape) {
        return new Tensor(pointer.view(shape));
    }

    public Tensor reshape(long... shape) {
        return new Tensor(pointer.reshape(shape));
    }

    public Tensor transpose(int a, int b) {
        return new Tensor(pointer.transpose(a, b));
    }

    public Tensor permute(long... dimensions) {
        return new Tensor(pointer.permute(dimensions));
    }

    public Tensor expand(long... shape) {
        return new Tensor(pointer.expand(shape));
    }

    public Tensor contiguous() {
        return new Tensor(pointer.contiguous());
    }

    public Tensor copy() {
        return new Tensor(pointer.clone());
    }

    /** A view of {@code length} slices along a dimension. */
    public Tensor narrow(int dimension, long start, long length) {
        return new Tensor(pointer.narrow(dimension, start, length));
    }

    /** Views of these lengths one after the other; unlike several {@link #narrow}s, their gradients are joined in one pass. */
    public List<Tensor> split(int dimension, long... lengths) {
        var parts = torch.split_with_sizes(pointer, lengths, dimension);
        var views = new java.util.ArrayList<Tensor>(lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            views.add(new Tensor(new org.bytedeco.pytorch.Tensor(parts.get(i))));
        }
        return views;
    }

    public Tensor select(int dimension, long index) {
        return new Tensor(pointer.select(dimension, index));
    }

    public Tensor indexSelect(int dimension, Tensor indices) {
        return new Tensor(torch.index_select(pointer, dimension, indices.pointer));
    }

    public Tensor gather(int dimension, Tensor indices) {
        return new Tensor(torch.gather(pointer, dimension, indices.pointer));
    }

    public Tensor roll(long shift, int dimension) {
        return new Tensor(pointer.roll(new long[] {shift}, dimension));
    }

    public static Tensor cat(List<Tensor> tensors, int dimension) {
        return new Tensor(torch.cat(Autograd.vector(tensors), dimension));
    }

    public Tensor to(Dtype dtype) {
        return dtype() == dtype ? this : new Tensor(pointer.to(dtype.scalarType()));
    }

    public Tensor to(String device) {
        return device().equals(device) || (device.equals("cuda") && pointer.is_cuda())
                ? this
                : new Tensor(pointer.to(new org.bytedeco.pytorch.Device(device), pointer.scalar_type()));
    }

    // ---- masks and choices

    public Tensor maskedFill(Tensor mask, double value) {
        return new Tensor(pointer.masked_fill(mask.pointer, new Scalar(value)));
    }

    public Tensor eq(double value) {
        return new Tensor(pointer.eq(new Scalar(value)));
    }

    public Tensor lt(Tensor other) {
        return new Tensor(pointer.lt(other.pointer));
    }

    public Tensor ge(Tensor other) {
        return new Tensor(pointer.ge(other.pointer));
    }

    /** Values and indices, largest first. */
    public Sorted sortDescending(int dimension) {
        var both = torch.sort(pointer, dimension, true);
        return new Sorted( // the parts point into their tuple; handles of one's own outlive it
                new Tensor(new org.bytedeco.pytorch.Tensor(both.get0())),
                new Tensor(new org.bytedeco.pytorch.Tensor(both.get1())));
    }

    /** The k largest along a dimension with their indices, largest first. */
    public Sorted largest(long k, int dimension) {
        var both = torch.topk(pointer, k, dimension, true, true);
        return new Sorted(
                new Tensor(new org.bytedeco.pytorch.Tensor(both.get0())),
                new Tensor(new org.bytedeco.pytorch.Tensor(both.get1())));
    }

    /** See {@link Tensor#sortDescending}. */
    public record Sorted(Tensor values, Tensor indices) {}

    // ---- in place

    public Tensor addInPlace(Tensor other, double scale) {
        pointer.add_(other.pointer, new Scalar(scale));
        return this;
    }

    public Tensor addInPlace(double value) {
        pointer.add_(new Scalar(value));
        return this;
    }

    public Tensor mulInPlace(double value) {
        pointer.mul_(new Scalar(value));
        return this;
    }

    public Tensor mulInPlace(Tensor other) {
        pointer.mul_(other.pointer);
        return this;
    }

    public Tensor addcmulInPlace(Tensor a, Tensor b, double scale) {
        pointer.addcmul_(a.pointer, b.pointer, new Scalar(scale));
        return this;
    }

    public Tensor addcdivInPlace(Tensor a, Tensor b, double scale) {
        pointer.addcdiv_(a.pointer, b.pointer, new Scalar(scale));
        return this;
    }

    public Tensor copyInPlace(Tensor source) {
        pointer.copy_(source.pointer);
        return this;
    }

    public Tensor zeroInPlace() {
        pointer.zero_();
        return this;
    }

    public Tensor expInPlace() {
        pointer.exp_();
        return this;
    }

    /** this[index[i][j]][j] += source[i][j] for dimension 0, and so on as PyTorch's scatter_add_. */
    public Tensor scatterAddInPlace(int dimension, Tensor indices, Tensor source) {
        pointer.scatter_add_(dimension, indices.pointer, source.pointer);
        return this;
    }

    /** this[a[i], :, b[i]] = values[i]: writes one column a row into a cache of shape [rows, heads, time, size]. */
    public Tensor putInPlace(Tensor a, Tensor b, Tensor values) {
        var indices = new TensorOptionalList();
        indices.push_back(new TensorOptional(a.pointer));
        indices.push_back(new TensorOptional());
        indices.push_back(new TensorOptional(b.pointer));
        pointer.index_put_(indices, values.pointer);
        return this;
    }

    /** this += a · b, for matrices */
    public Tensor addmmInPlace(Tensor a, Tensor b) {
        return addmmInPlace(a, b, 1);
    }

    /** this += scale · a · b, for matrices */
    public Tensor addmmInPlace(Tensor a, Tensor b, double scale) {
        pointer.addmm_(a.pointer, b.pointer, new Scalar(1.0), new Scalar(scale));
        return this;
    }

    /** Writes the log-softmax of another tensor into this one. */
    public Tensor logSoftmaxInPlace(Tensor logits, int dimension) {
        torch.log_softmax_out(pointer, logits.pointer, dimension);
        return this;
    }

    /** Writes a · b into this tensor. */
    public Tensor mmInPlace(Tensor a, Tensor b) {
        torch.mm_out(pointer, a.pointer, b.pointer);
        return this;
    }

    org.bytedeco.pytorch.Tensor pointer() {
        return pointer;
    }

    @Override
    public String toString() {
        return "Tensor" + java.util.Arrays.toString(shape()) + " " + dtype() + " on " + device();
    }

    /** A raw address, as JavaCPP wants it. */
    private static final class Address extends Pointer {
        Address(long address) {
            super((Pointer) null);
            this.address = address;
        }
    }
}
