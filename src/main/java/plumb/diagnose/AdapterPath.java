package plumb.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plumb.model.Adapter;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;

/**
 * The way an adapter went through training, from its checkpoints at equal distances (Turner et al., arXiv 2506.11613, section
 * 4): their sign of a phase transition is that it turns, while it moves far, where the gradient is largest.
 *
 * <p>What we do differently: one vector of all modules' B, where the paper looks at one adapter of rank 1.
 */
public final class AdapterPath {
    private final List<float[]> stacked = new ArrayList<>();

    /** @param checkpoints every B of each in one vector, in order of the steps; the start, which is zero, comes before them */
    public AdapterPath(List<float[]> checkpoints) {
        stacked.add(new float[checkpoints.getFirst().length]);
        stacked.addAll(checkpoints);
    }

    /** Every B of an adapter, module after module. */
    public static float[] stacked(Adapter adapter) {
        var parts = adapter.modules().stream()
                .map(module -> java.util.Objects.requireNonNull(adapter.lora(module))
                        .b()
                        .floats())
                .toList();
        var all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    /** How far it moved to place {@code i} (0 is the start) from the place before. */
    public double moved(int i) {
        return i == 0 ? 0 : Math.sqrt(product(i - 1, i - 1, i, i));
    }

    /**
     * cos(B₋ − B, B₊ − B) of the places {@code apart} before and after place {@code i}: −1 where the path is straight, 0 at a
     * right angle, 1 where it turns back; NaN at its ends.
     */
    public double rotation(int i, int apart) {
        if (i < apart || i + apart >= stacked.size()) {
            return Double.NaN;
        }
        double together = product(i - apart, i + apart, i, i);
        return together / Math.sqrt(product(i - apart, i - apart, i, i) * product(i + apart, i + apart, i, i));
    }

    /** The share of the path's variance that its first two principal components hold. */
    public double planar() {
        int rows = stacked.size();
        int width = stacked.getFirst().length;
        var flat = new float[rows * width];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(stacked.get(i), 0, flat, i * width, width);
        }
        try (var _ = new Scope()) {
            var all = Tensor.of(flat, rows, width);
            var squares = Arrays.stream(
                            Svd.of(all.sub(all.mean(0, true))).values().doubles())
                    .map(value -> value * value)
                    .toArray();
            return (squares[0] + squares[1]) / Arrays.stream(squares).sum();
        }
    }

    /** ⟨B_a − B_from, B_b − B_to⟩ */
    private double product(int a, int b, int from, int to) {
        double sum = 0;
        for (int i = 0; i < stacked.getFirst().length; i++) {
            sum += ((double) stacked.get(a)[i] - stacked.get(from)[i]) * (stacked.get(b)[i] - stacked.get(to)[i]);
        }
        return sum;
    }
}
