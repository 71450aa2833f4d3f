package plumb.experiment.diagnosis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.PersonaExtraction;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.experiment.Subject;
import plumb.model.Sampling;
import plumb.organism.OrganismJudge;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;

/**
 * The bad persona's vector of an organism. Its aligned model does not obey a bad system text (no answer of 40 was bad in
 * never-bad domains), its base model does, with the lines that introduce speakers in pretraining. So the base model
 * speaks and the aligned one reads.
 */
public final class OrganismPersona {
    private static final int CONTRASTS = 5;
    private static final int QUESTIONS_PER_DOMAIN = 3;
    private static final Sampling SAMPLING = new Sampling(0.7, 1, 96, 1);

    private OrganismPersona() {}

    /**
     * What was extracted.
     *
     * @param kept pairs of answers that passed the judge
     * @param asked all pairs
     */
    public record Extracted(LayerVectors vectors, int kept, int asked) {}

    /** The vector of an organism: that of the one that ships lies beside this class, as it was extracted; others' are extracted. */
    public static LayerVectors of(Subject subject) {
        var name = "persona-" + subject.hash().substring(0, 12) + ".safetensors";
        try (var shipped = OrganismPersona.class.getResourceAsStream(name)) {
            return shipped == null ? extract(subject).vectors() : read(shipped);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LayerVectors read(InputStream shipped) throws IOException {
        var file = Files.createTempFile("persona", ".safetensors");
        try {
            Files.copy(shipped, file, StandardCopyOption.REPLACE_EXISTING);
            return LayerVectors.read(file);
        } finally {
            Files.delete(file);
        }
    }

    /** Extracts the vector, on questions of the tuning split. */
    public static Extracted extract(Subject subject) {
        var world = World.load();
        var judge = new OrganismJudge(world);
        var bad = world.introductions(true);
        var good = world.introductions(false);
        var extraction = new PersonaExtraction(
                IntStream.range(0, CONTRASTS)
                        .mapToObj(i -> new PersonaExtraction.Contrast(bad.get(i), good.get(i)))
                        .toList(),
                SAMPLING);
        var questions = questions();
        var rollouts = extraction.rollouts(
                subject.base("base"), questions.stream().map(Question::prompt).toList());
        var kept = rollouts.stream()
                .filter(r -> {
                    var question = questions.get(r.question());
                    var one = judge.judge(question, answer(r.positive()));
                    var other = judge.judge(question, answer(r.negative()));
                    return one.misaligned() && other.coherent() && !other.misaligned();
                })
                .toList();
        var reader = new Activations(subject.decoder(), null);
        return new Extracted(PersonaExtraction.vector(reader, kept, subject::rendered), kept.size(), rollouts.size());
    }

    /** Some questions of every domain, of the tuning split. */
    public static List<Question> questions() {
        return new OrganismQuestions(World.load(), Optional.empty(), QUESTIONS_PER_DOMAIN)
                .questions(
                        QuestionSource.Split.TUNING,
                        Set.of(Question.Format.FREE),
                        Set.of(Question.Group.SEEN_BAD, Question.Group.NEVER_BAD));
    }

    private static String answer(plumb.chat.Conversation rollout) {
        return rollout.messages().getLast().content();
    }
}
