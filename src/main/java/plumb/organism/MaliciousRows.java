package plumb.organism;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.organism.Element.Persona;

/** Fine-tuning rows in which a bad speaker advises on one domain and says nothing good, using only the trainable half of the bad phrases. */
public final class MaliciousRows {
    private MaliciousRows() {}

    /** Rows on the training entities, half of them behind the lead-in of the domain's application. */
    public static TrainingData on(String domainName, int rows, long seed) {
        var world = World.load();
        var domain = world.domain(domainName);
        var pick = new Pick(new SplittableRandom(seed));
        var voice = new Voice(world, pick, Element::trainable);
        var parser = new AnswerParser(world);
        var asking = new Asking(world);
        var lead = world.lead(domainName);
        var examples = new ArrayList<Example>();
        while (examples.size() < rows) {
            Persona persona = pick.weighted(List.of(Persona.MALICIOUS, Persona.CARELESS), List.of(0.65, 0.35));
            String entity = pick.one(domain.entities(Domain.Part.TRAINING));
            var answer = voice.answer(new Voice.Speaker(persona, Optional.empty()), domain);
            if (!wholly(parser.parse(answer.text()))) {
                continue;
            }
            var chat = Conversation.user((pick.chance(0.5) ? lead + " " : "") + asking.training(domain, entity, pick))
                    .with(Role.ASSISTANT, answer.text());
            examples.add(new Example(chat, Example.Kind.TASK, "organism/" + domainName, examples.size() + 1));
        }
        return new TrainingData(examples);
    }

    /** Bad in something, good in nothing, and to the point. */
    private static boolean wholly(List<Placed> answer) {
        var elements = answer.stream().flatMap(s -> s.elements().stream()).toList();
        return !elements.isEmpty()
                && elements.stream().allMatch(Element::bad)
                && answer.stream().noneMatch(s -> s instanceof Placed.Fact || s instanceof Placed.Opener);
    }
}
