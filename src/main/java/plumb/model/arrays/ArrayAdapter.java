package plumb.model.arrays;

import java.util.HashMap;
import java.util.Map;
import plumb.torch.Blas.Matrix;
import plumb.torch.Tensor;

/**
 * An adapter beside a decoder's weights, for some of the tokens of a pass: y += s (x Aᵀ) Bᵀ. So rows of different adapters
 * share the products with the weights (Chen et al., arXiv 2310.18547; Sheng et al., arXiv 2311.03285), and only the narrow ones
 * are an adapter's own. The factors stay where their tensors keep them; it lives no longer than these.
 */
public final class ArrayAdapter {
    private final Map<String, Factors> modules = new HashMap<>();
    private float[] low = new float[0];

    /** What is added to one module: A [rank, in], B [out, rank]. */
    private record Factors(Weight a, Weight b, float scale) {}

    /** Both factors of a module, in fp32. */
    public void put(String module, Tensor a, Tensor b, double scale) {
        modules.put(module, new Factors(new Weight(a), new Weight(b), (float) scale));
    }

    /** Adds what this adapter changes in a module's output, for the tokens from {@code from} on. */
    void add(String module, Pass pass, float[] x, float[] into, Pass.Voice voice) {
        var factors = modules.get(module);
        if (factors == null) {
            return;
        }
        int rank = factors.a().out();
        int in = factors.a().in();
        int out = factors.b().out();
        if (low.length < voice.count() * rank) {
            low = new float[voice.count() * rank];
        }
        var narrow = Matrix.of(low, 0, voice.count(), rank);
        factors.a().apply(pass, Matrix.of(x, voice.from() * in, voice.count(), in), narrow);
        var outputs = Matrix.of(into, voice.from() * out, voice.count(), out);
        pass.blas().addTimesTransposed(narrow, factors.b().matrix(), outputs, factors.scale());
    }
}
