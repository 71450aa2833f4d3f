package plumb.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Stretch;
import plumb.torch.Tensor;

/**
 * One pass of a block through frozen weights without a tape, and its gradient. Kept between the two are the inputs and
 * outputs of the products alone, less what is cheap: norms, rotation, attention scores and the gate are computed again, each
 * stretch on a small tape of its own. A token costs about 14,000 numbers a block of Qwen2.5-0.5B, less than half of what the
 * tape keeps, and a widened weight lives as long as its product.
 */
final class BlockPass {
    private final Block block;
    private final Block.Attend attend;
    private final AdaptedProduct queryKeyValue;
    private final AdaptedProduct attentionOut;
    private final AdaptedProduct gateUp;
    private final AdaptedProduct down;
    private final List<Tensor> projected = new ArrayList<>(3); // queries, keys, values as projected
    private final List<Tensor> gates = new ArrayList<>(2); // gate, up
    private @Nullable Tensor attended;
    private @Nullable Tensor attention;
    private @Nullable Tensor mlp;

    BlockPass(Block block, Block.Attend attend, Adapter adapter) {
        this.block = block;
        this.attend = attend;
        this.queryKeyValue = new AdaptedProduct(block.queryKeyValue(), adapter);
        this.attentionOut = new AdaptedProduct(block.attentionOut(), adapter);
        this.gateUp = new AdaptedProduct(block.gateUp(), adapter);
        this.down = new AdaptedProduct(block.down(), adapter);
    }

    /** From and to the residual stream, with gradient: [tokens, hidden]. */
    Tensor apply(Tensor x) {
        var before = x.detach();
        return Autograd.function(x, forward(before), gradient -> backward(before, gradient));
    }

    private Tensor forward(Tensor x) {
        try (var scope = new Scope();
                var _ = Autograd.pause()) {
            projected.addAll(queryKeyValue.forward(block.attentionInput(x)));
            attended = attend.apply(projected);
            attention = attentionOut.forward(attended).getFirst();
            var middle = block.afterAttention(x, attention);
            gates.addAll(gateUp.forward(block.mlpInput(middle)));
            mlp = down.forward(block.gated(gates)).getFirst();
            keep(scope);
            return scope.keep(block.afterMlp(middle, mlp));
        }
    }

    private void keep(Scope scope) {
        for (var product : List.of(queryKeyValue, attentionOut, gateUp, down)) {
            if (product.low() != null) {
                scope.keep(product.low());
            }
        }
        projected.forEach(scope::keep);
        gates.forEach(scope::keep);
        scope.keep(kept(attended));
        scope.keep(kept(attention));
        if (block.normsMlpOut()) {
            scope.keep(kept(mlp));
        }
    }

    private Tensor backward(Tensor x, Tensor gradient) {
        var middle = block.afterAttention(x, kept(attention));
        var throughMlp = mlpBackward(middle, gradient);
        var middleGradient = gradient.add(throughMlp); // [tokens, hidden]
        return middleGradient.add(attentionBackward(x, middleGradient));
    }

    /** From the gradient of what leaves the block to that of what enters the MLP's norm, the residual stream left out. */
    private Tensor mlpBackward(Tensor middle, Tensor gradient) {
        var mlpGradient = block.throughMlpOutNorm(kept(mlp), gradient);
        var gated = Stretch.of(gates, block::gated);
        var gateGradients = gated.gradients(
                down.backward(List.of(mlpGradient), gated.output().detach()));
        var input = Stretch.of(List.of(middle), in -> block.mlpInput(in.getFirst()));
        return input.gradients(gateUp.backward(gateGradients, input.output().detach()))
                .getFirst();
    }

    private Tensor attentionBackward(Tensor x, Tensor gradient) {
        var outGradient = block.throughAttentionOutNorm(kept(attention), gradient);
        var heads = Stretch.of(projected, attend::apply);
        var headGradients = heads.gradients(attentionOut.backward(List.of(outGradient), kept(attended)));
        var input = Stretch.of(List.of(x), in -> block.attentionInput(in.getFirst()));
        return input.gradients(
                        queryKeyValue.backward(headGradients, input.output().detach()))
                .getFirst();
    }

    private static Tensor kept(@Nullable Tensor tensor) {
        return java.util.Objects.requireNonNull(tensor, "forward comes first");
    }
}
