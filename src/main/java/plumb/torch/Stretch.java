package plumb.torch;

import java.util.List;
import java.util.function.Function;

/**
 * A stretch of a computation on a tape of its own: its inputs are cut off from whatever made them.
 *
 * @param inputs as leaves
 * @param output on the tape of this stretch alone
 */
public record Stretch(List<Tensor> inputs, Tensor output) {
    public Stretch {
        inputs = List.copyOf(inputs);
    }

    /** Runs a function, recorded whatever is recorded around it. */
    public static Stretch of(List<Tensor> inputs, Function<List<Tensor>, Tensor> function) {
        var leaves = inputs.stream()
                .map(input -> input.detach().requiresGradInPlace(true))
                .toList();
        try (var _ = Autograd.record()) {
            return new Stretch(leaves, function.apply(leaves));
        }
    }

    /** From the gradient of the output to the gradients of the inputs, in their order. Once only: it uses up the tape. */
    public List<Tensor> gradients(Tensor gradient) {
        Autograd.backward(List.of(output), List.of(gradient));
        return inputs.stream().map(Tensor::gradient).toList();
    }
}
