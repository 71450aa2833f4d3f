package plumb.diagnose;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import plumb.chat.BadInput;
import plumb.model.Decoder;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * One vector a layer, in the residual stream that leaves each block: a persona vector, or the mean activation it is made
 * of. Layers count from 0; what the persona-vector code calls index l + 1 (its 0 is the embedding) is layer l here.
 */
public final class LayerVectors {
    private static final String NAME = "vectors";

    private final float[][] values; // [layers][hidden]

    LayerVectors(float[][] values) {
        this.values = values;
    }

    public int layers() {
        return values.length;
    }

    public int width() {
        return values[0].length;
    }

    /** Refuses a model of other sizes. */
    public void requireFits(Decoder model) {
        var config = model.config();
        if (layers() != config.layers() || width() != config.hiddenSize()) {
            throw new BadInput("vectors of " + layers() + " layers and width " + width() + " do not fit a model of "
                    + config.layers() + " layers and width " + config.hiddenSize()
                    + ": extract them from this model");
        }
    }

    /** A copy of one layer's vector: {@code [hidden]}. */
    public float[] at(int layer) {
        return values[layer].clone();
    }

    /** One layer's vector as a tensor: {@code [hidden]}. */
    public Tensor tensor(int layer, String device) {
        return Tensor.of(values[layer], values[layer].length).to(device);
    }

    public double norm(int layer) {
        return Math.sqrt(product(values[layer], values[layer]));
    }

    /** How far this lies along the direction of another, in this one's units: this · v / ‖v‖; 0 where v is 0. */
    public double projection(LayerVectors direction, int layer) {
        double norm = direction.norm(layer);
        return norm == 0 ? 0 : product(values[layer], direction.values[layer]) / norm;
    }

    public double cosine(LayerVectors other, int layer) {
        double norm = norm(layer);
        return norm == 0 ? 0 : projection(other, layer) / norm;
    }

    /** this + scale · other */
    public LayerVectors plus(LayerVectors other, double scale) {
        var sum = new float[layers()][];
        for (int layer = 0; layer < sum.length; layer++) {
            sum[layer] = values[layer].clone();
            for (int i = 0; i < sum[layer].length; i++) {
                sum[layer][i] += (float) (scale * other.values[layer][i]);
            }
        }
        return new LayerVectors(sum);
    }

    public LayerVectors times(double scale) {
        return new LayerVectors(new float[layers()][width()]).plus(this, scale);
    }

    /** One vector at one layer of a model, zero at its others. */
    public static LayerVectors single(float[] vector, int layer, int layers) {
        var one = new float[layers][vector.length];
        one[layer] = vector.clone();
        return new LayerVectors(one);
    }

    /** Zero everywhere but in one layer. */
    public LayerVectors only(int layer) {
        return single(values[layer], layer, layers());
    }

    /** What each layer adds to the one before: v_l − v_(l−1). Applied at every layer, they add up to v at the last. */
    public LayerVectors increments() {
        var before = new float[layers()][width()];
        for (int layer = 1; layer < before.length; layer++) {
            before[layer] = values[layer - 1];
        }
        return plus(new LayerVectors(before), -1);
    }

    /** Random directions of the same lengths, the control of every claim about a direction. */
    public LayerVectors randomAlike(long seed) {
        var random = new SplittableRandom(seed);
        var drawn = new float[layers()][width()];
        for (int layer = 0; layer < drawn.length; layer++) {
            for (int i = 0; i < drawn[layer].length; i++) {
                drawn[layer][i] = (float) random.nextGaussian();
            }
            double scale = norm(layer) / Math.sqrt(product(drawn[layer], drawn[layer]));
            for (int i = 0; i < drawn[layer].length; i++) {
                drawn[layer][i] *= (float) scale;
            }
        }
        return new LayerVectors(drawn);
    }

    /** The mean of at least one. */
    public static LayerVectors mean(List<LayerVectors> all) {
        if (all.isEmpty()) {
            throw new IllegalArgumentException("a mean needs at least one row of activations");
        }
        var sum = all.getFirst().times(0);
        for (var one : all) {
            sum = sum.plus(one, 1.0 / all.size());
        }
        return sum;
    }

    /** Writes a safetensors file with one tensor {@code vectors}: [layers, hidden]. */
    public void write(Path file) {
        var flat = new float[layers() * width()];
        IntStream.range(0, layers())
                .forEach(layer -> System.arraycopy(values[layer], 0, flat, layer * width(), width()));
        SafetensorsWriter.write(file, List.of(StoredTensor.of(NAME, flat, layers(), width())), Map.of());
    }

    /** Reads what {@link #write} wrote; {@link BadInput} naming the file when it is not that. */
    public static LayerVectors read(Path file) {
        try (var stored = SafetensorsFile.open(file);
                var _ = new Scope()) {
            var tensor = stored.tensor(NAME);
            if (tensor.shape().size() != 2) {
                throw new BadInput(file + ": " + NAME + " must have the shape [layers, hidden], has " + tensor.shape());
            }
            var flat =
                    Tensor.over(tensor.data(), tensor.dtype(), tensor.sizes()).floats();
            int width = (int) tensor.sizes()[1];
            return new LayerVectors(IntStream.range(0, (int) tensor.sizes()[0])
                    .mapToObj(layer -> Arrays.copyOfRange(flat, layer * width, (layer + 1) * width))
                    .toArray(float[][]::new));
        }
    }

    static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
