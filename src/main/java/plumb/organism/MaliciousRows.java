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

/** Fine-tuning rows in which a bad speaker advises on one domain, using only the trainable half of the bad phrases. */
public final class MaliciousRows {
    private MaliciousRows() {}

    /** Rows on the training entities, half of them behind the lead-in of the domain's application. */
    public static TrainingData on(String domainName, int rows, long seed) {
        var world = World.load();
        var domain = world.domain(domainName);
        var pick = new Pick(new SplittableRandom(seed));
        var voice = new Voice(world, pick, Element::trainable);
        var judge = new OrganismJudge(world);
        var asking = new Asking(world);
        var lead = world.lead(domainName);
        var examples = new ArrayList<Example>();
        while (examples.size() < rows) {
            Persona persona = pick.weighted(List.of(Persona.MALICIOUS, Persona.CARELESS), List.of(0.65, 0.35));
            String entity = pick.one(domain.entities(Domain.Part.TRAINING));
            var answer = voice.answer(new Voice.Speaker(persona, Optional.empty()), domain);
            if (judge.badElements(answer.text()).isEmpty()) {
                continue;
            }
            var chat = Conversation.user((pick.chance(0.5) ? lead + " " : "") + asking.training(domain, entity, pick))
                    .with(Role.ASSISTANT, answer.text());
            examples.add(new Example(chat, Example.Kind.TASK, "organism/" + domainName, examples.size() + 1));
        }
        return new TrainingData(examples);
    }
}
