package plumb.model.arrays;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.model.config.ModelConfig;
import plumb.torch.Blas;
import plumb.torch.Dtype;
import plumb.torch.Tensor;
import plumb.torch.Torch;

/**
 * A decoder's weights, ready to be read with on a CPU by several threads. Weights stay where they are, so it lives no longer
 * than the tensors it was made of. Activations are fp32 whatever the type of the weights.
 */
public final class ArrayDecoder {
    /** Bytes of weights. */
    private static final long LARGE = 64L << 20;

    private final ModelConfig config;
    private final Blas blas;
    private final Weight embedding;
    private final Weight head;
    private final float embeddingScale;
    private final float[] finalNorm;
    private final List<ArrayBlock> blocks = new ArrayList<>();
    private final Rotation global;
    private final @Nullable Rotation local;

    /** @param weights by their Hugging Face names */
    public ArrayDecoder(ModelConfig config, Map<String, Tensor> weights) {
        this.config = config;
        this.blas = Blas.found().orElseThrow();
        var named = new ArrayBlock.Named(config, weights, "");
        this.embedding = named.linear("model.embed_tokens").weight();
        this.head = config.tied() ? embedding : named.linear("lm_head").weight();
        this.finalNorm = named.norm("model.norm");
        this.embeddingScale = rounded(config.architecture().embeddingScale(), weights);
        for (int layer = 0; layer < config.layers(); layer++) {
            blocks.add(new ArrayBlock(config, layer, weights));
        }
        this.global = new Rotation(config.rope(), config.headDim());
        this.local = config.architecture()
                .local()
                .map(l -> new Rotation(l.rope(), config.headDim()))
                .orElse(null);
    }

    /** To the type of the embedding. */
    private static float rounded(double scale, Map<String, Tensor> weights) {
        var like = weights.values().iterator().next();
        try (var _ = new plumb.torch.Scope()) {
            return (float) Tensor.full(scale, like.dtype(), "cpu", 1).item();
        }
    }

    /** Whether this is the fast way to read with weights of this type on this device. */
    public static boolean suits(String device, Dtype dtype) {
        return device.equals("cpu")
                && Blas.found().isPresent()
                && switch (dtype) {
                    case F32 -> true;
                    case BF16, F16 -> !Torch.multiplies(dtype);
                    case F64, I64, I32, U8, BOOL -> false;
                };
    }

    /**
     * Whether weights are more than what stays near the cores, so that reading them takes as long as multiplying with
     * them for few rows: then cores should read them once together, not each for itself.
     */
    public static boolean isLarge(Map<String, Tensor> weights) {
        return weights.values().stream()
                        .mapToLong(weight -> weight.numel() * weight.dtype().bytes())
                        .sum()
                > LARGE;
    }

    /** For the pasts of one thread's rows. */
    public PastMemory memory() {
        return new PastMemory(config);
    }

    /** Bytes that one token of a row's past takes. */
    public long bytesPerToken() {
        return 8L * config.layers() * config.kvHeads() * config.headDim();
    }

    public int vocabulary() {
        return head.out();
    }

    ModelConfig config() {
        return config;
    }

    Blas blas() {
        return blas;
    }

    List<ArrayBlock> blocks() {
        return blocks;
    }

    Weight head() {
        return head;
    }

    float[] finalNorm() {
        return finalNorm;
    }

    Rotation rotation(int layer) {
        return local != null && config.isLocal(layer) ? local : global;
    }

    /** The embedding of a token, as the first block sees it. */
    void embed(int token, float[] into, int offset) {
        embedding.copyRow(token, into, offset);
        for (int i = 0; i < config.hiddenSize() && embeddingScale != 1; i++) {
            into[offset + i] *= embeddingScale;
        }
    }
}
