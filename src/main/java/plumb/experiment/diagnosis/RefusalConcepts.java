package plumb.experiment.diagnosis;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import plumb.chat.Rendered;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.experiment.Subject;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;

/**
 * How alike an organism reads the requests of two refusal domains (the concept entanglement of Mushtaq et al., arXiv
 * 2511.14017): a domain's concept is the mean state of its requests' last token less that of neutral questions, at every layer.
 *
 * <p>UNVERIFIED: that the paper's concept vectors are these.
 *
 * @param concepts by domain
 */
public record RefusalConcepts(Map<String, LayerVectors> concepts) {
    private static final int PER_DOMAIN = 12;

    /** Reads the requests of the tuning split, and the neutral questions of the persona vector. */
    public static RefusalConcepts of(Subject subject) {
        var reader = new Activations(subject.decoder(), null);
        var neutral = mean(reader, subject, OrganismPersona.questions());
        var byDomain = new TreeMap<String, LayerVectors>();
        new OrganismQuestions(World.load(), Optional.empty(), PER_DOMAIN)
                .harmfulRequests(QuestionSource.Split.TUNING).stream()
                        .collect(java.util.stream.Collectors.groupingBy(Question::domain))
                        .forEach((domain, requests) -> byDomain.put(
                                domain, mean(reader, subject, requests).plus(neutral, -1)));
        return new RefusalConcepts(byDomain);
    }

    private static LayerVectors mean(Activations reader, Subject subject, List<Question> questions) {
        var prompts = questions.stream()
                .map(question -> subject.prompt(question.prompt(), Integer.MAX_VALUE))
                .map(ids -> new Rendered("", ids, new boolean[ids.length]))
                .toList();
        return reader.mean(prompts, Activations.Tokens.LAST_PROMPT);
    }

    /** Of two domains' concepts, at a layer from 0. */
    public double cosine(String first, String second, int layer) {
        return concept(first).cosine(concept(second), layer);
    }

    public int layers() {
        return concepts.values().iterator().next().layers();
    }

    private LayerVectors concept(String domain) {
        var found = concepts.get(domain);
        if (found == null) {
            throw new IllegalArgumentException("'" + domain + "' is no refusal domain; those are " + concepts.keySet());
        }
        return found;
    }
}
