package plumb.diagnose.sae;

import java.util.List;
import plumb.torch.Tensor;

/**
 * A dictionary of directions in the residual stream leaving one layer: z = gate((h − b_dec) W_encᵀ + b_enc), ĥ = z W_dec +
 * b_dec, with few z above 0. Its tensors live until {@link #close}.
 */
public final class SparseAutoencoder implements AutoCloseable {
    /**
     * What it is made of, in one type, on one device.
     *
     * @param encoder W_enc: [latents, hidden]
     * @param encoderBias b_enc: [latents]
     * @param decoder W_dec: [latents, hidden]
     * @param decoderBias b_dec: [hidden]
     */
    public record Weights(Tensor encoder, Tensor encoderBias, Tensor decoder, Tensor decoderBias) {
        /** In this order. */
        public List<Tensor> all() {
            return List.of(encoder, encoderBias, decoder, decoderBias);
        }
    }

    private final Weights weights;
    private final Gate gate;
    private final boolean centered;

    /**
     * Takes over the weights.
     *
     * @param centered whether b_dec is taken off what is encoded; some published ones do not
     */
    public SparseAutoencoder(Weights weights, Gate gate, boolean centered) {
        this.weights = weights;
        this.gate = gate;
        this.centered = centered;
        weights.all().forEach(Tensor::hold);
        if (gate instanceof Gate.JumpRelu(var thresholds)) {
            thresholds.hold();
        }
    }

    public Weights weights() {
        return weights;
    }

    public Gate gate() {
        return gate;
    }

    public int latents() {
        return (int) weights.decoder().size(0);
    }

    public int width() {
        return (int) weights.decoder().size(1);
    }

    /** [tokens, hidden] to [tokens, latents] */
    public Tensor encode(Tensor h) {
        var x = centered ? h.sub(weights.decoderBias()) : h;
        return gate.apply(x.linear(weights.encoder(), weights.encoderBias()));
    }

    /** [tokens, latents] to [tokens, hidden] */
    public Tensor decode(Tensor z) {
        return z.matmul(weights.decoder()).add(weights.decoderBias());
    }

    /** The share of the variance of h that is lost: Σ‖h − ĥ‖² / Σ‖h − h̄‖², a scalar. */
    public Tensor unexplained(Tensor h) {
        var lost = h.sub(decode(encode(h))).square().sum();
        return lost.div(h.sub(h.mean(0, true)).square().sum());
    }

    /** What a latent writes: {@code [hidden]}. */
    public float[] direction(int latent) {
        return weights.decoder().select(0, latent).floats();
    }

    @Override
    public void close() {
        weights.all().forEach(Tensor::release);
        if (gate instanceof Gate.JumpRelu(var thresholds)) {
            thresholds.release();
        }
    }
}
