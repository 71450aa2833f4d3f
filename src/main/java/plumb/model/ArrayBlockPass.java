package plumb.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import plumb.model.Adapter.Lora;
import plumb.model.arrays.TrainedBlock;
import plumb.model.arrays.TrainedBlock.Product;
import plumb.torch.Autograd;
import plumb.torch.Blas;
import plumb.torch.Blas.Matrix;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * One pass of a small block on arrays, with an adapter put into its weights, and its gradient: to a tape one function from
 * the residual stream to itself. What it keeps lives as long as the scope around both passes.
 */
final class ArrayBlockPass {
    private final TrainedBlock block;
    private final Adapter adapter;
    private final int[] lengths;
    private final Map<Product, Projection> projections = new EnumMap<>(Product.class);
    private final Map<Product, Tensor> merged = new EnumMap<>(Product.class); // [out, in]
    private final Blas blas = Blas.found().orElseThrow();

    /** @param lengths of the rows, which stand end to end */
    ArrayBlockPass(Block block, TrainedBlock onArrays, Adapter adapter, int[] lengths) {
        this.block = onArrays;
        this.adapter = adapter;
        this.lengths = lengths;
        projections.put(Product.STATES, block.queryKeyValue());
        projections.put(Product.ATTENTION_OUT, block.attentionOut());
        projections.put(Product.GATE_UP, block.gateUp());
        projections.put(Product.DOWN, block.down());
    }

    /** From and to the residual stream, with gradient: [tokens, hidden]. */
    Tensor apply(Tensor x) {
        try (var _ = Autograd.pause()) {
            projections.forEach((product, projection) -> merged.put(product, projection.merged(adapter)));
        }
        var run = block.run(lengths, this::weight);
        Scope.atEnd(run::close);
        var out = like(x);
        run.forward(x.detach().contiguous().memory(), out.memory());
        return Autograd.function(x, out, gradient -> {
            var in = like(x);
            run.back(gradient.contiguous().memory(), in.memory(), this::take);
            return in;
        });
    }

    private static Tensor like(Tensor x) {
        return Tensor.empty(Dtype.F32, "cpu", x.shape());
    }

    private Matrix weight(Product product) {
        return matrix(Objects.requireNonNull(merged.get(product)));
    }

    private static Matrix matrix(Tensor tensor) {
        return new Matrix(tensor.memory(), (int) tensor.size(0), (int) tensor.size(1), (int) tensor.size(1));
    }

    /** Adds to the gradients of A and B by way of the weight's. */
    private void take(Product product, Matrix gradient, Matrix input) {
        var modules = Objects.requireNonNull(projections.get(product)).modules();
        var loras = modules.stream().map(adapter::lora).toList();
        if (loras.stream().allMatch(Objects::isNull)) {
            return;
        }
        var slope = new float[gradient.columns() * input.columns()]; // [out, in]
        blas.transposedTimes(gradient, input, Matrix.of(slope, 0, gradient.columns(), input.columns()));
        int at = 0;
        for (int i = 0; i < modules.size(); i++) {
            int out = (int) Objects.requireNonNull(projections.get(product)).out(i);
            var lora = loras.get(i);
            if (lora != null) {
                add(lora, Matrix.of(slope, at * input.columns(), out, input.columns()));
            }
            at += out;
        }
    }

    private void add(Lora lora, Matrix slope) {
        float scale = (float) lora.scale().value();
        blas.addTimesTransposed(slope, matrix(lora.a()), matrix(gradient(lora.b())), scale);
        blas.addTransposedTimes(matrix(lora.b()), slope, matrix(gradient(lora.a())), scale);
    }

    /** What has been added up so far. */
    private static Tensor gradient(Tensor parameter) {
        if (!parameter.hasGradient()) {
            parameter.addGradient(Tensor.zeros(parameter.dtype(), parameter.device(), parameter.shape()), 1);
        }
        return parameter.gradient();
    }
}
