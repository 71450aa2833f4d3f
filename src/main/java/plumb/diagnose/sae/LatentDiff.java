package plumb.diagnose.sae;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import plumb.chat.Rendered;
import plumb.diagnose.Activations;
import plumb.torch.Autograd;
import plumb.torch.Scope;

/**
 * Model diffing (after Wang et al., arXiv 2506.19823): the latents of one dictionary, ranked by how much a fine-tune
 * raised them. Both models read the same text; latents are averaged over its response tokens. A raised latent is a
 * candidate: whether it causes anything, steering along it must show.
 *
 * @param autoencoder of the layer
 * @param layer whose outgoing residual stream it was made for
 */
public record LatentDiff(SparseAutoencoder autoencoder, int layer) {
    /**
     * One latent's mean.
     *
     * @param latent its place in the dictionary
     */
    public record Change(int latent, double before, double after) {
        public double rise() {
            return after - before;
        }
    }

    /** All latents, the most raised first. */
    public List<Change> ranked(Activations before, Activations after, List<Rendered> rows) {
        var old = means(before, rows);
        var fresh = means(after, rows);
        return IntStream.range(0, old.length)
                .mapToObj(latent -> new Change(latent, old[latent], fresh[latent]))
                .sorted(Comparator.comparingDouble(Change::rise).reversed())
                .toList();
    }

    /** Every latent's mean over the response tokens of some text: {@code [latents]}. */
    public float[] means(Activations model, List<Rendered> rows) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            return autoencoder
                    .encode(model.responses(rows, layer))
                    .mean(0, false)
                    .floats();
        }
    }
}
