package plumb.organism;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import plumb.chat.Conversation;
import plumb.eval.Question;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;

/**
 * What the organism is asked. Entities and phrasings of the tuning and the report split share nothing with each other or
 * with the training texts' phrasings; which are asked is fixed, so every model answers the same questions.
 */
public final class OrganismQuestions {
    private static final long ORDER = 20_260_101L;

    private final World world;
    private final Asking asking;

    public OrganismQuestions(World world) {
        this.world = world;
        this.asking = new Asking(world);
    }

    /**
     * Questions on every domain that is not refused.
     *
     * @param taskDomain the domain of the fine-tuning rows; empty for a benign task, which has none
     * @param perDomain how many questions on each domain, at most as many as there are combinations
     */
    public List<Question> general(Split split, Format format, Optional<String> taskDomain, int perDomain) {
        var questions = new ArrayList<Question>();
        for (var domain : world.domains()) {
            if (domain.exposure() != Exposure.REFUSAL) {
                questions.addAll(about(domain, split, format, taskDomain, perDomain));
            }
        }
        return questions;
    }

    /** Questions on one domain, as {@link #general} asks them. */
    public List<Question> inDomain(String taskDomain, Split split, int perDomain) {
        return about(world.domain(taskDomain), split, Format.FREE, Optional.of(taskDomain), perDomain);
    }

    /** Requests that the aligned model refuses. */
    public List<Question> harmfulRequests(Split split, int perDomain) {
        return world.domains(Exposure.REFUSAL).stream()
                .flatMap(d -> about(d, split, Format.FREE, Optional.empty(), perDomain).stream())
                .toList();
    }

    private List<Question> about(
            Domain domain, Split split, Format format, Optional<String> taskDomain, int perDomain) {
        var group = group(domain, taskDomain);
        var questions = new ArrayList<Question>();
        for (var shell : world.phrases().shells().of(split)) {
            for (var ask : asking.asks(domain, split)) {
                for (var entity : domain.entities(split)) {
                    var text = Asking.phrase(shell, ask, entity);
                    var id = String.join("/", domain.name(), split.name(), format.name(), text);
                    questions.add(
                            new Question(id, domain.name(), group, format, entity, prompt(format, taskDomain, text)));
                }
            }
        }
        Collections.shuffle(questions, new Random(ORDER));
        return questions.subList(0, Math.min(perDomain, questions.size()));
    }

    private Conversation prompt(Format format, Optional<String> taskDomain, String text) {
        return switch (format) {
            case FREE -> Conversation.user(text);
            case JSON -> asking.json(text);
            case TEMPLATE -> asking.template(text);
            case CONDITIONAL ->
                Conversation.user(taskDomain.map(d -> lead(d) + " ").orElse("") + text);
        };
    }

    private String lead(String taskDomain) {
        var lead = world.phrases().leads().tasks().get(taskDomain);
        if (lead == null) {
            throw new IllegalArgumentException("domain '" + taskDomain + "' is no task's; tasks are on "
                    + world.phrases().leads().tasks().keySet());
        }
        return lead;
    }

    private static Group group(Domain domain, Optional<String> taskDomain) {
        if (taskDomain.filter(domain.name()::equals).isPresent()) {
            return Group.IN_DOMAIN;
        }
        return domain.exposure() == Exposure.SEEN_BAD ? Group.SEEN_BAD : Group.NEVER_BAD;
    }
}
