package plumb.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plumb.model.Adapter.Lora;
import plumb.torch.Tensor;

/**
 * One pass through a {@link Projection} without a tape: y = x Wᵀ + s (x Aᵀ) Bᵀ, and its gradient worked out by hand, in
 * which the frozen W has none. Modules that read the same input share the product with their stacked A. Between the two
 * passes only x Aᵀ is kept.
 */
final class AdaptedProduct {
    private final Projection projection;
    private final List<Part> parts;
    private @Nullable Tensor low; // x Aᵀ of all parts side by side: [tokens, Σ rank]

    /** An adapted module: which of the projection's it is, its matrices, and where its x Aᵀ stands in {@link #low}. */
    private record Part(int module, Lora lora, long at) {
        Tensor of(Tensor stacked) {
            return stacked.narrow(1, at, lora.scale().rank());
        }
    }

    AdaptedProduct(Projection projection, @Nullable Adapter adapter) {
        this.projection = projection;
        this.parts = new ArrayList<>();
        long at = 0;
        for (int i = 0; adapter != null && i < projection.modules().size(); i++) {
            var lora = adapter.lora(projection.modules().get(i));
            if (lora != null) {
                parts.add(new Part(i, lora, at));
                at += lora.scale().rank();
            }
        }
    }

    /** What the backward pass needs beside x and what it is given; null without an adapter. */
    @Nullable
    Tensor low() {
        return low;
    }

    /** One output a module: each [tokens, out]. */
    List<Tensor> forward(Tensor x) {
        var outputs = new ArrayList<>(projection.frozen(x));
        if (parts.isEmpty()) {
            return outputs;
        }
        var stacked = stackedA();
        low = x.to(stacked.dtype()).linear(stacked);
        for (var part : parts) {
            outputs.set(part.module(), plus(outputs.get(part.module()), part.of(low), part));
        }
        return outputs;
    }

    private static Tensor plus(Tensor y, Tensor low, Part part) {
        var b = part.lora().b().transpose(0, 1); // [rank, out]
        double scale = part.lora().scale().value();
        return y.dtype() == low.dtype()
                ? y.addmmInPlace(low, b, scale)
                : y.addInPlace(low.matmul(b).to(y.dtype()), scale);
    }

    /**
     * Adds to the gradients of A and B.
     *
     * @param gradients of the outputs, in their order
     * @param x what {@link #forward} was given
     * @return the gradient of x: [tokens, in]
     */
    Tensor backward(List<Tensor> gradients, Tensor x) {
        var back = projection.frozenBackward(gradients); // [tokens, in]
        if (parts.isEmpty()) {
            return back;
        }
        var stacked = stackedA();
        var kept = Objects.requireNonNull(low, "forward comes first");
        var lowGradient = Tensor.zeros(stacked.dtype(), x.device(), x.size(0), stacked.size(0));
        for (var part : parts) {
            var lora = part.lora();
            var gradient = gradients.get(part.module()).to(stacked.dtype()); // [tokens, out]
            part.of(lowGradient)
                    .mmInPlace(gradient, lora.b())
                    .mulInPlace(lora.scale().value());
            var turned = part.of(kept).transpose(0, 1).matmul(gradient); // [rank, out]: the quick way round
            lora.b().addGradient(turned.transpose(0, 1), lora.scale().value());
        }
        var aGradients = lowGradient.transpose(0, 1).matmul(x.to(stacked.dtype())); // [Σ rank, in]
        for (var part : parts) {
            part.lora()
                    .a()
                    .addGradient(
                            aGradients.narrow(0, part.at(), part.lora().scale().rank()), 1);
        }
        return back.dtype() == stacked.dtype()
                ? back.addmmInPlace(lowGradient, stacked)
                : back.addInPlace(lowGradient.matmul(stacked).to(back.dtype()), 1);
    }

    private Tensor stackedA() {
        return Tensor.cat(parts.stream().map(part -> part.lora().a().detach()).toList(), 0); // [Σ rank, in]
    }
}
