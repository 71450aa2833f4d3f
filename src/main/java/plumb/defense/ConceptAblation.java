package plumb.defense;

import java.util.List;
import plumb.chat.Rendered;
import plumb.diagnose.Activations;
import plumb.diagnose.Subspace;
import plumb.model.ActivationEdit;
import plumb.model.Batch;
import plumb.model.Site;
import plumb.train.Step;
import plumb.train.TrainingHooks;

/**
 * Concept ablation fine-tuning, CAFT (Casademunt et al., arXiv 2507.16795): during training, and only then, some
 * directions are projected out of the residual stream at all tokens, h ← h − ((h − μ)Q)Qᵀ, so that no gradient teaches
 * the weights to use them. Differently from the paper, whose components were read and picked by people, {@code
 * components} are plain places in a ranking; and μ may be the aligned model's own mean: where that is not 0, ablating to
 * 0 is itself a push.
 *
 * @param directions what is ablated
 * @param components places in the ranking of these directions, from 0; none ablates nothing
 * @param layers where, from 0
 * @param ablation to what
 */
public record ConceptAblation(Directions directions, List<Integer> components, List<Integer> layers, Ablation ablation)
        implements Defense {
    private static final int ROWS = 256;

    /** Rankings of directions. */
    public enum Directions {
        /** Principal components of what the undefended run changed about activations, strongest first. */
        PCA,
        /** The persona vector, alone. */
        PERSONA,
        /** Latents of a sparse autoencoder, those first that the undefended run raised most; their span is ablated. */
        SAE,
        /** Random orthonormal directions by the run's seed: the control. */
        RANDOM
    }

    /** What the component along a direction becomes. */
    public enum Ablation {
        ZERO,
        /** The mean of the aligned model over the responses of safe rows. */
        BASE_MEAN
    }

    public ConceptAblation {
        components = List.copyOf(components);
        layers = List.copyOf(layers);
        Ranges.require(components.stream().allMatch(c -> c >= 0), "components", "places from 0", components);
        Ranges.require(layers.stream().allMatch(l -> l >= 0), "layers", "layers from 0", layers);
        Ranges.require(
                directions != Directions.PERSONA || components.stream().allMatch(c -> c == 0),
                "components",
                "[0] for persona, which is one direction",
                components);
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        if (components.isEmpty() || layers.isEmpty()) {
            return new TrainingHooks() {};
        }
        var mean = new Activations(context.aligned(), null).mean(safe(context), Activations.Tokens.RESPONSE);
        var measured = layers.stream()
                .map(layer -> chosen(context, layer).around(mean))
                .toList();
        context.reports()
                .accept(new ConceptAblationReport(
                        measured.stream().map(Subspace::center).toList()));
        var ablated = ablation == Ablation.BASE_MEAN
                ? measured
                : measured.stream().map(Subspace::aroundZero).toList();
        return new TrainingHooks() {
            @Override
            public List<ActivationEdit> edits(Step step, Batch batch) {
                return ablated.stream()
                        .map(subspace -> new ActivationEdit(
                                new Site(subspace.layer(), Site.Stream.RESIDUAL_POST), subspace::without))
                        .toList();
            }
        };
    }

    private static List<Rendered> safe(TrainingContext context) {
        var rows = context.safeRows().examples().stream()
                .limit(ROWS)
                .map(context.rendering())
                .toList();
        Ranges.require(!rows.isEmpty(), "safe_rows", "given: they tell where the aligned model lies", "none");
        return rows;
    }

    private Subspace chosen(TrainingContext context, int layer) {
        int all = context.aligned().config().layers();
        Ranges.require(layer < all, "layers", "below the model's " + all, layer);
        int number = components.stream().mapToInt(c -> c + 1).max().orElseThrow();
        return switch (directions) {
            case PCA -> changes(context, layer, number).only(components);
            case PERSONA -> Subspace.of(context.findings().persona(), layer);
            case SAE -> latents(context.findings().latents(layer), layer);
            case RANDOM ->
                Subspace.random(context.aligned().config().hiddenSize(), layer, number, context.seed())
                        .only(components);
        };
    }

    private static Subspace changes(TrainingContext context, int layer, int number) {
        var before = new Activations(context.aligned(), null);
        var after = new Activations(context.aligned(), context.naive().get());
        return Subspace.principal(before, after, context.findings().answers(), layer, number);
    }

    private Subspace latents(List<float[]> ranked, int layer) {
        Ranges.require(
                components.stream().allMatch(c -> c < ranked.size()),
                "components",
                "below " + ranked.size() + " for sae",
                components);
        return Subspace.spanned(layer, components.stream().map(ranked::get).toArray(float[][]::new));
    }
}
