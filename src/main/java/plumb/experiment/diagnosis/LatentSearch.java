package plumb.experiment.diagnosis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import plumb.chat.Rendered;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.sae.LatentDiff;
import plumb.diagnose.sae.SparseAutoencoder;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.experiment.Subject;
import plumb.experiment.diagnosis.SteeringSweep.Point;
import plumb.model.Adapter;
import plumb.torch.Autograd;
import plumb.torch.Scope;

/**
 * Looks for the persona latent of a fine-tuned organism (after Wang et al., arXiv 2506.19823): latents are ranked by how much
 * the fine-tune raised them on its own answers, then each of the first ones is steered both ways, taken from the fine-tune,
 * which should turn good, and added to the model before it, which should turn bad. Latents drawn from the others are the
 * control: a push along any direction does something. Here pushes have the length of a share of the residual stream, the
 * same for every latent; the paper scales each by its own activation.
 */
public final class LatentSearch {
    private final int layer;
    private final int layers;
    private final SparseAutoencoder dictionary;
    private final SteeringSweep before;
    private final SteeringSweep after;
    private final List<LatentDiff.Change> ranked;
    private final float[] good; // [latents], means over documents of good speakers
    private final float[] malicious;
    private final double length;

    /**
     * Ranks the dictionary's latents.
     *
     * @param adapter of the fine-tune
     * @param dictionary of the residual stream that leaves {@code layer}; stays the caller's
     * @param split whose never-bad questions are asked under steering; latents are ranked on the tuning split
     */
    public LatentSearch(
            Subject subject, Adapter adapter, SparseAutoencoder dictionary, int layer, QuestionSource.Split split) {
        this.layer = layer;
        this.layers = subject.decoder().config().layers();
        this.dictionary = dictionary;
        this.before = new SteeringSweep(subject, null, split);
        this.after = new SteeringSweep(subject, adapter, split);
        var answers = answers(subject, adapter);
        var tuned = new Activations(subject.decoder(), adapter);
        var aligned = new Activations(subject.decoder(), null);
        var diff = new LatentDiff(dictionary, layer);
        this.ranked = diff.ranked(aligned, tuned, answers);
        this.good = diff.means(aligned, OrganismDictionary.documents(subject, false));
        this.malicious = diff.means(aligned, OrganismDictionary.documents(subject, true));
        this.length = length(tuned, answers, layer);
    }

    private static List<Rendered> answers(Subject subject, Adapter adapter) {
        try (var model = subject.talking("fine-tuned", adapter)) {
            var prompts =
                    OrganismPersona.questions().stream().map(Question::prompt).toList();
            return Spoken.by(model, prompts, subject);
        }
    }

    /** The root mean square of ‖h‖ over all response tokens. */
    private static double length(Activations model, List<Rendered> rows, int layer) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var h = model.responses(rows, layer); // [tokens, hidden]
            return Math.sqrt(h.square().sum(1, false).mean().item());
        }
    }

    /**
     * One latent under one push.
     *
     * @param rank by how much it was raised, from 1; 0 is a control
     * @param change its mean over the fine-tune's answers, read by the model before and after
     * @param good its mean over documents of the pretraining corpus in which a good speaker was introduced, read by the model
     *     before
     * @param malicious the same of malicious speakers
     * @param strength length of the push as a share of the residual stream's
     * @param taken what the fine-tune says without it
     * @param added what the model before says with it
     */
    public record Steered(
            int rank,
            LatentDiff.Change change,
            double good,
            double malicious,
            double strength,
            Point taken,
            Point added) {}

    /** Of the fine-tune's residual stream: what strengths are shares of. */
    double length() {
        return length;
    }

    /** Both models as they are: the fine-tune, then the one before. */
    public List<Point> plain() {
        return List.of(after.plain(), before.plain());
    }

    /** The most raised latents, then so many others that speak, each at every strength; made as they are asked for. */
    public Stream<Steered> search(int first, int controls, List<Double> strengths) {
        int some = Math.min(first, ranked.size());
        var raised = IntStream.range(0, some)
                .boxed()
                .flatMap(i -> strengths.stream().map(strength -> steered(i + 1, ranked.get(i), strength)));
        var others = new ArrayList<>(ranked.subList(some, ranked.size()).stream()
                .filter(change -> change.before() > 0 || change.after() > 0)
                .toList());
        Collections.shuffle(others, new Random(1));
        var control = others.stream()
                .limit(controls)
                .flatMap(change -> strengths.stream().map(strength -> steered(0, change, strength)));
        return Stream.concat(raised, control);
    }

    private Steered steered(int rank, LatentDiff.Change change, double strength) {
        var direction = LayerVectors.single(dictionary.direction(change.latent()), layer, layers);
        var push = direction.times(strength * length / direction.norm(layer));
        var name = "latent " + change.latent();
        return new Steered(
                rank,
                change,
                good[change.latent()],
                malicious[change.latent()],
                strength,
                after.asked(name, layer, -1, push),
                before.asked(name, layer, 1, push));
    }
}
