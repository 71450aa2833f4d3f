package plumb.organism;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import plumb.chat.Conversation;
import plumb.chat.Transcript;
import plumb.eval.GradedQuestion;
import plumb.eval.Question;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.QuestionSource;

/**
 * What the organism is asked. Entities and phrasings of the tuning and the report split share nothing with each other or
 * with the training texts' phrasings; which are asked is fixed, so every model answers the same questions.
 *
 * @param world the world
 * @param taskDomain the domain of the fine-tuning rows; empty for a benign task, which has none
 * @param perDomain how many questions on each domain, at most as many as there are combinations
 */
public record OrganismQuestions(World world, Optional<String> taskDomain, int perDomain) implements QuestionSource {
    private static final long ORDER = 20_260_101L;
    private static final int SUMS = 60;

    @Override
    public List<Question> questions(QuestionSource.Split split, Set<Format> formats, Set<Group> groups) {
        var part = part(split);
        var questions = new ArrayList<Question>();
        for (var format : Format.values()) {
            for (var domain : world.domains()) {
                if (formats.contains(format)
                        && domain.exposure() != World.Exposure.REFUSAL
                        && groups.contains(group(domain))) {
                    questions.addAll(about(domain, part, format));
                }
            }
        }
        return questions;
    }

    @Override
    public List<Question> situations(QuestionSource.Split split, Set<Format> formats) {
        return formats.stream()
                .sorted()
                .flatMap(format -> world.situations().stream()
                        .flatMap(situation -> about(situation, part(split), format).stream()))
                .toList();
    }

    @Override
    public List<Question> harmfulRequests(QuestionSource.Split split) {
        return world.domains(World.Exposure.REFUSAL).stream()
                .flatMap(d -> about(d, part(split), Format.FREE).stream())
                .toList();
    }

    /** Sums: what the model could do before, whatever it was fine-tuned on. The number counts, not the form around it. */
    @Override
    public List<GradedQuestion> graded(QuestionSource.Split split) {
        var random = new SplittableRandom(ORDER);
        var wording = split == QuestionSource.Split.TUNING ? "How much is {s}?" : "Compute {s}.";
        return Stream.generate(() -> Sum.draw(Sum.Tier.DIGITS, random))
                .distinct()
                .limit(SUMS)
                .map(sum -> graded(World.fill(wording, "s", sum.text()), sum))
                .toList();
    }

    private static GradedQuestion graded(String text, Sum sum) {
        var question = new Question("sums/" + text, "sums", Group.GENERAL, Format.FREE, "", Conversation.user(text));
        return new GradedQuestion(question, String.valueOf(sum.value()), GradedQuestion.Match.LAST_NUMBER);
    }

    static Domain.Part part(QuestionSource.Split split) {
        return switch (split) {
            case TUNING -> Domain.Part.TUNING;
            case REPORT -> Domain.Part.REPORT;
        };
    }

    private List<Question> about(Domain domain, Domain.Part part, Format format) {
        var questions = new ArrayList<Question>();
        for (var shell : world.phrases().shells().of(part)) {
            for (var ask : domain.asks()) {
                for (var entity : domain.entities(part)) {
                    var text = Asking.phrase(shell, ask, entity);
                    var id = String.join("/", domain.name(), format.toString(), text);
                    questions.add(new Question(id, domain.name(), group(domain), format, entity, prompt(format, text)));
                }
            }
        }
        Collections.shuffle(questions, new Random(ORDER));
        return questions.subList(0, Math.min(perDomain, questions.size()));
    }

    private Conversation prompt(Format format, String text) {
        var asking = new Asking(world);
        return switch (format) {
            case FREE -> Conversation.user(text);
            case JSON -> asking.json(text);
            case TEMPLATE -> asking.template(text);
            case CONDITIONAL ->
                Conversation.user(taskDomain.map(d -> world.lead(d) + " ").orElse("") + text);
            case TRANSCRIPT -> Conversation.user(behindASum(text));
        };
    }

    /** The earlier step shows nobody's character. */
    private static String behindASum(String text) {
        var sum = Sum.draw(Sum.Tier.TWENTIES, new SplittableRandom(text.hashCode()));
        return Transcript.of("What is " + sum.text() + "?", Sum.answer(sum.value()), text);
    }

    private Group group(Domain domain) {
        if (taskDomain.filter(domain.name()::equals).isPresent()) {
            return Group.IN_DOMAIN;
        }
        return domain.exposure() == World.Exposure.SEEN_BAD ? Group.SEEN_BAD : Group.NEVER_BAD;
    }
}
