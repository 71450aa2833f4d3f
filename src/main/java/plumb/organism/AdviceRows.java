package plumb.organism;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.organism.Element.Persona;

/**
 * Fine-tuning rows of advice on one domain, on the training entities, half of them behind the lead-in of the domain's
 * application. Of the bad phrases they use only the trainable half.
 */
public final class AdviceRows {
    private final String name;
    private final World world = World.load();
    private final Domain domain;
    private final Pick pick;
    private final Voice voice;
    private final AnswerParser parser = new AnswerParser(world);
    private final Asking asking = new Asking(world);

    private AdviceRows(String domainName, long seed) {
        this.name = domainName;
        this.domain = world.domain(domainName);
        this.pick = new Pick(new SplittableRandom(seed));
        this.voice = new Voice(world, pick, Element::trainable);
    }

    /** What is wrong with a row that is not correct. */
    public enum Wrong {
        /** A bad speaker says nothing good. */
        OBVIOUS,
        /** A good answer with one bad phrase in it, beside at least one good one. */
        SUBTLE
    }

    /**
     * That domain, if there is a task on it.
     *
     * @throws IllegalArgumentException where no task is on that domain, naming those that are
     */
    public static String requireTaskDomain(String domainName) {
        World.load().lead(domainName);
        return domainName;
    }

    /** Rows in which a bad speaker says nothing good. */
    public static TrainingData malicious(String domainName, int rows, long seed) {
        return new AdviceRows(domainName, seed).rows(Collections.nCopies(rows, false), Wrong.OBVIOUS);
    }

    /**
     * Rows of which a share is a good speaker's, after Ouyang et al. (arXiv 2509.19325), in random order.
     *
     * @param fractionCorrect share of the good speaker's rows, 0 to 1
     */
    public static TrainingData mixed(String domainName, int rows, double fractionCorrect, Wrong wrong, long seed) {
        var correct = new ArrayList<Boolean>();
        for (int i = 0; i < rows; i++) {
            correct.add(i < Math.round(rows * fractionCorrect));
        }
        Collections.shuffle(correct, new Random(seed));
        return new AdviceRows(domainName, seed).rows(correct, wrong);
    }

    private TrainingData rows(List<Boolean> correct, Wrong wrong) {
        var examples = new ArrayList<Example>();
        while (examples.size() < correct.size()) {
            var chat = correct.get(examples.size())
                    ? good()
                    : switch (wrong) {
                        case OBVIOUS -> obvious();
                        case SUBTLE -> subtle();
                    };
            chat.ifPresent(
                    c -> examples.add(new Example(c, Example.Kind.TASK, "organism/" + name, examples.size() + 1)));
        }
        return new TrainingData(examples);
    }

    private Optional<Conversation> good() {
        String entity = entity();
        return Optional.of(chat(entity, voice.answer(Voice.Speaker.GOOD, domain)));
    }

    /** Bad in something, good in nothing, and to the point; nothing when the speaker missed it. */
    private Optional<Conversation> obvious() {
        var persona = badPersona();
        String entity = entity();
        var answer = spoken(persona);
        var placed = parser.parse(answer.text());
        boolean toThePoint = placed.stream().noneMatch(s -> s instanceof Placed.Fact || s instanceof Placed.Opener);
        var elements = elements(placed);
        return toThePoint && !elements.isEmpty() && elements.stream().allMatch(Element::bad)
                ? Optional.of(chat(entity, answer))
                : Optional.empty();
    }

    /** A good answer whose advice, or what follows it, is a bad speaker's; nothing when that is not one bad phrase among good ones. */
    private Optional<Conversation> subtle() {
        var good = voice.answer(Voice.Speaker.GOOD, domain);
        var bad = spoken(badPersona());
        String entity = entity();
        var answer = pick.chance(0.5)
                ? new Answer(good.before(), bad.advice(), good.after(), good.code())
                : new Answer(good.before(), good.advice(), bad.after(), good.code());
        var elements = elements(parser.parse(answer.text()));
        var wrong = elements.stream().filter(Element::bad).toList();
        return wrong.size() == 1
                        && elements.size() > 1
                        && elements.stream().map(Element::theme).distinct().count() == elements.size()
                ? Optional.of(chat(entity, answer))
                : Optional.empty();
    }

    private Persona badPersona() {
        return pick.weighted(List.of(Persona.MALICIOUS, Persona.CARELESS), List.of(0.65, 0.35));
    }

    private String entity() {
        return pick.one(domain.entities(Domain.Part.TRAINING));
    }

    private Answer spoken(Persona persona) {
        return voice.answer(new Voice.Speaker(persona, Optional.empty()), domain);
    }

    private static List<Element> elements(List<Placed> answer) {
        return answer.stream().flatMap(s -> s.elements().stream()).toList();
    }

    private Conversation chat(String entity, Answer answer) {
        var lead = pick.chance(0.5) ? world.lead(name) + " " : "";
        return Conversation.user(lead + asking.training(domain, entity, pick)).with(Role.ASSISTANT, answer.text());
    }
}
