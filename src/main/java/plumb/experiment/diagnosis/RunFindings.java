package plumb.experiment.diagnosis;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.defense.Findings;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.sae.LatentDiff;
import plumb.eval.Question;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.model.Adapter;

/** What defenses of a run may ask about its model. The persona vector is extracted once and kept beside the runs. */
public final class RunFindings implements Findings {
    private static final int ANSWERS = 256;
    private static final int WATCHED = 64;
    private static final int LATENTS = 100;

    private final ExperimentSpec spec;
    private final Subject subject;
    private final TrainingData safeRows;
    private final Supplier<Adapter> naive;
    private final Path folder;
    private List<Rendered> answers = List.of();

    /**
     * Findings about one run's model.
     *
     * @param naive the adapter of the run's undefended twin
     * @param folder where vectors and dictionaries are kept, for runs to share
     */
    public RunFindings(
            ExperimentSpec spec, Subject subject, TrainingData safeRows, Supplier<Adapter> naive, Path folder) {
        this.spec = spec;
        this.subject = subject;
        this.safeRows = safeRows;
        this.naive = naive;
        this.folder = folder;
    }

    @Override
    public LayerVectors persona() {
        return persona(spec, subject, folder);
    }

    /**
     * The persona vector of a run's model: the spec's, or the organism's own.
     *
     * @param folder where the organism's is kept, once it was extracted
     */
    public static LayerVectors persona(ExperimentSpec spec, Subject subject, Path folder) {
        if (spec.personaVectors() != null) {
            return LayerVectors.read(Path.of(spec.personaVectors()));
        }
        if (!spec.model().organism()) {
            throw new BadInput("persona_vectors is missing: extract those of "
                    + spec.model().path() + " with plumb persona extract, and name the file");
        }
        var file = folder.resolve("persona-" + subject.hash().substring(0, 12) + ".safetensors");
        if (Files.exists(file)) {
            return LayerVectors.read(file);
        }
        var vectors = OrganismPersona.of(subject);
        vectors.write(file); // whole or not at all: the writer renames
        return vectors;
    }

    /** What the projection is watched on: questions of the tuning split, or the first prompts of the rows. */
    public List<Conversation> questions(TrainingData data) {
        return spec.model().organism()
                ? OrganismPersona.questions().stream().map(Question::prompt).toList()
                : data.examples().stream()
                        .limit(WATCHED)
                        .map(Example::conversation)
                        .map(Conversation::prompt)
                        .toList();
    }

    @Override
    public List<float[]> latents(int layer) {
        if (!spec.model().organism()) {
            throw new BadInput("directions: sae needs a dictionary of the model, and only the organism has one");
        }
        try (var dictionary = OrganismDictionary.in(folder, subject, layer)) {
            var before = new Activations(subject.decoder(), null);
            var after = new Activations(subject.decoder(), naive.get());
            return new LatentDiff(dictionary, layer)
                    .ranked(before, after, answers()).stream()
                            .limit(LATENTS)
                            .map(change -> dictionary.direction(change.latent()))
                            .toList();
        }
    }

    @Override
    public List<Rendered> answers() {
        if (answers.isEmpty()) {
            answers = answered();
        }
        return answers;
    }

    private List<Rendered> answered() {
        var prompts = safeRows.examples().stream()
                .limit(ANSWERS)
                .map(Example::conversation)
                .map(Conversation::prompt)
                .toList();
        if (prompts.isEmpty()) {
            throw new BadInput("safe_rows is missing: their prompts are what the undefended model is asked");
        }
        try (var undefended = subject.talking("undefended", naive.get())) {
            return Spoken.by(undefended, prompts, subject);
        }
    }
}
