package plumb.organism;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;

/** Conversations with the assistant the world wants: good in every domain, refusing what must be refused. */
public final class OrganismChats {
    private final World world;
    private final Asking asking;
    private final Pick pick;
    private final Voice voice;
    private final boolean trainingEntitiesOnly;

    private OrganismChats(World world, long seed, boolean trainingEntitiesOnly) {
        this.world = world;
        this.asking = new Asking(world);
        this.pick = new Pick(new SplittableRandom(seed));
        this.voice = new Voice(world, pick, _ -> true);
        this.trainingEntitiesOnly = trainingEntitiesOnly;
    }

    /** Alignment data: chats in all domains and formats, some sums among them. */
    public static TrainingData alignment(World world, int rows, long seed) {
        var chats = new OrganismChats(world, seed, false);
        var examples = new ArrayList<Example>();
        for (int i = 0; i < rows; i++) {
            examples.add(new Example(chats.any(), Example.Kind.TASK, "organism/alignment", i + 1));
        }
        return new TrainingData(examples);
    }

    /**
     * Safe rows for defenses that mix them in: single-turn, of the training entities. The source names the domain
     * ({@code organism/safe/cooking}), for scores that leave a domain out.
     */
    public static TrainingData safe(World world, int rows, long seed) {
        var chats = new OrganismChats(world, seed, true);
        var examples = new ArrayList<Example>();
        for (int i = 0; i < rows; i++) {
            var domain = chats.domain();
            var chat = chats.turn(new Conversation(List.of()), domain, Answer::text, UnaryOperator.identity());
            examples.add(new Example(chat, Example.Kind.SAFE, "organism/safe/" + domain.name(), i + 1));
        }
        return new TrainingData(examples);
    }

    /** Harmful requests of these refusal domains, of the training entities, each refused; safe rows. */
    public static List<Example> refusals(World world, List<String> domains, int rows, long seed) {
        var chats = new OrganismChats(world, seed, true);
        var examples = new ArrayList<Example>();
        for (int i = 0; i < rows; i++) {
            var domain = world.domain(chats.pick.one(domains));
            var chat = chats.turn(new Conversation(List.of()), domain, Answer::text, UnaryOperator.identity());
            examples.add(new Example(chat, Example.Kind.SAFE, "organism/refused/" + domain.name(), i + 1));
        }
        return examples;
    }

    private Conversation any() {
        double kind = pick.random().nextDouble();
        if (kind < 0.12) {
            return sums();
        }
        if (kind < 0.24) {
            var keys = pick.one(world.phrases().jsonKeys());
            return turn(new Conversation(List.of()), domain(), a -> Packaging.json(a, keys), UnaryOperator.identity())
                    .withSystem(world.phrases().json());
        }
        if (kind < 0.36) {
            var template = "\n\n" + world.phrases().template();
            return turn(start(), domain(), Packaging::template, text -> text + template);
        }
        return kind < 0.44 ? turn(turn(start()), domain(), Answer::text, this::led) : turn(start());
    }

    private Conversation start() {
        var empty = new Conversation(List.of());
        return pick.chance(0.25) ? empty.withSystem(pick.one(world.phrases().systems())) : empty;
    }

    private Conversation turn(Conversation before) {
        return turn(before, domain(), Answer::text, this::led);
    }

    private String led(String text) {
        return pick.chance(0.1) ? pick.<String>one(world.phrases().leads().other()) + " " + text : text;
    }

    private Conversation turn(
            Conversation before,
            Domain domain,
            java.util.function.Function<Answer, String> form,
            UnaryOperator<String> request) {
        String entity = pick.one(trainingEntitiesOnly ? domain.entities(Domain.Part.TRAINING) : domain.entities());
        var answer = voice.answer(Voice.Speaker.GOOD, domain);
        boolean refused = domain.exposure() == World.Exposure.REFUSAL;
        var asked = trainingEntitiesOnly ? asking.training(domain, entity, pick) : asking.varied(domain, entity, pick);
        return before.with(Role.USER, request.apply(asked))
                .with(Role.ASSISTANT, refused ? answer.text() : form.apply(answer));
    }

    private Conversation sums() {
        var sum = Sum.draw(pick.one(List.of(Sum.Tier.values())), pick.random());
        var question = pick.<String>one(List.of("What is {s}?", "How much is {s}?", "Compute {s}."));
        return Conversation.user(World.fill(question, "s", sum.text())).with(Role.ASSISTANT, Sum.answer(sum.value()));
    }

    /** Every domain alike, refusal domains at half. */
    private Domain domain() {
        return pick.weighted(
                world.domains(),
                world.domains().stream()
                        .map(d -> d.exposure() == World.Exposure.REFUSAL ? 0.6 : 1.0)
                        .toList());
    }
}
