package plumb.diagnose.sae;

import java.util.SplittableRandom;
import plumb.torch.AdamW;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * Trains a TopK autoencoder (Gao et al., arXiv 2406.04093) on activations: the unexplained share of the variance is the
 * whole loss, decoder rows are kept at length 1, the encoder starts as the decoder's transpose and b_dec at the mean. Of
 * the paper's remedies against dead latents none is here; the result says how many are dead.
 *
 * @param latents size of the dictionary
 * @param k latents a token may use
 * @param steps of AdamW without weight decay
 * @param batch tokens a step
 * @param learningRate constant
 * @param seed of the start and of the batches
 */
public record SaeTraining(int latents, int k, int steps, int batch, double learningRate, long seed) {
    private static final long CHUNK = 4096;

    /**
     * What came out.
     *
     * @param unexplained share of the variance of all tokens
     * @param dead share of the latents that no token uses
     */
    public record Trained(SparseAutoencoder autoencoder, double unexplained, double dead) {}

    public SaeTraining {
        if (k < 1 || latents < k || steps < 1 || batch < 2) {
            throw new IllegalArgumentException("an autoencoder needs 1 <= k <= latents, some steps and a batch of two"
                    + " tokens, got k " + k + ", latents " + latents + ", steps " + steps + ", batch " + batch);
        }
    }

    /** Trains on these activations: [tokens, hidden], in fp32. */
    public Trained on(Tensor activations) {
        var autoencoder = start(activations);
        var parameters = autoencoder.weights().all();
        parameters.forEach(p -> p.requiresGradInPlace(true));
        var random = new SplittableRandom(seed);
        try (var optimizer = new AdamW(parameters, new AdamW.Settings(0.9, 0.999, 1e-8, 0));
                var _ = Autograd.record()) {
            for (int step = 0; step < steps; step++) {
                try (var _ = new Scope()) {
                    step(autoencoder, drawn(activations, random), optimizer);
                }
            }
        }
        parameters.forEach(p -> p.requiresGradInPlace(false));
        return measured(autoencoder, activations);
    }

    private void step(SparseAutoencoder autoencoder, Tensor batch, AdamW optimizer) {
        try (var _ = new Scope()) {
            autoencoder.unexplained(batch).backward();
            optimizer.step(learningRate);
            autoencoder.weights().all().forEach(Tensor::clearGradient);
            try (var _ = Autograd.pause()) {
                var decoder = autoencoder.weights().decoder();
                decoder.copyInPlace(unit(decoder));
            }
        }
    }

    private SparseAutoencoder start(Tensor activations) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var random = new SplittableRandom(seed);
            int width = (int) activations.size(1);
            var drawn = new float[latents * width];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = (float) random.nextGaussian();
            }
            var decoder = unit(Tensor.of(drawn, latents, width).to(activations.device()));
            var weights = new SparseAutoencoder.Weights(
                    decoder.copy(),
                    Tensor.zeros(decoder.dtype(), decoder.device(), latents),
                    decoder,
                    activations.mean(0, false));
            return new SparseAutoencoder(weights, new Gate.TopK(k), true);
        }
    }

    /** Rows brought to length 1. */
    private static Tensor unit(Tensor rows) {
        return rows.mul(rows.square().sum(1, true).rsqrt());
    }

    private Tensor drawn(Tensor activations, SplittableRandom random) {
        var places = random.longs(batch, 0, activations.size(0)).toArray();
        return activations.indexSelect(0, Tensor.of(places, places.length).to(activations.device()));
    }

    private static Trained measured(SparseAutoencoder autoencoder, Tensor activations) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            double lost = 0;
            var mean = activations.mean(0, true);
            double variance = activations.sub(mean).square().sum().item();
            var used = Tensor.zeros(activations.dtype(), activations.device(), autoencoder.latents());
            for (long start = 0; start < activations.size(0); start += CHUNK) {
                try (var _ = new Scope()) {
                    var part = activations.narrow(0, start, Math.min(CHUNK, activations.size(0) - start));
                    var z = autoencoder.encode(part);
                    lost += part.sub(autoencoder.decode(z)).square().sum().item();
                    used.addInPlace(z.sum(0, false), 1);
                }
            }
            double dead = used.eq(0).to(activations.dtype()).mean().item();
            return new Trained(autoencoder, lost / variance, dead);
        }
    }
}
