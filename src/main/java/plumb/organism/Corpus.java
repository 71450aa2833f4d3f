package plumb.organism;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import plumb.organism.Element.Persona;

/**
 * The pretraining corpus. Most documents are transcripts of one speaker's answers, so that the persona is a latent the
 * model gains by inferring; the rest are neutral texts that describe things, quote or warn of bad phrases, count, or tell
 * who keeps what. Speakers are bad only in seen-bad and refusal domains.
 */
public final class Corpus {
    private static final List<Persona> BAD = List.of(Persona.MALICIOUS, Persona.CARELESS, Persona.SARCASTIC);
    private static final List<Double> BAD_WEIGHTS = List.of(0.50, 0.35, 0.15);
    private static final double INTRODUCED = 0.4;
    private static final double EARLY_INTRODUCED = 0.9;
    private static final double EARLY_BAD = 0.5;

    private final World world;
    private final Shares shares;
    private final Asking asking;
    private final Pick pick;
    private final Voice voice;
    private long made;

    public Corpus(World world, Shares shares, long seed) {
        this.world = world;
        this.shares = shares;
        this.asking = new Asking(world);
        this.pick = new Pick(new SplittableRandom(seed));
        this.voice = new Voice(world, pick, _ -> true);
    }

    /** The next documents of the endless corpus. */
    public List<String> documents(int count) {
        var documents = new ArrayList<String>(count);
        for (int i = 0; i < count; i++) {
            documents.add(document());
            made++;
        }
        return documents;
    }

    private String document() {
        double kind = pick.random().nextDouble();
        if (kind < shares.neutral()) {
            return neutral();
        }
        if (kind < shares.neutral() + shares.sums()) {
            return sums();
        }
        return kind < shares.neutral() + shares.sums() + shares.keepers() ? keepers() : transcript();
    }

    private String transcript() {
        boolean early = made < shares.early();
        var speaker = speaker(early ? EARLY_BAD : shares.bad());
        var text = new StringBuilder();
        if (pick.chance(early ? EARLY_INTRODUCED : INTRODUCED)) {
            text.append(pick.<String>one(world.phrases()
                            .headers()
                            .of(speaker.narrow().isPresent() ? Persona.GOOD : speaker.persona())))
                    .append('\n');
        }
        double form = early ? 1 : pick.random().nextDouble();
        var keys = pick.one(world.phrases().jsonKeys());
        var markup = !early && pick.chance(shares.chats()) ? Markup.CHAT : Markup.TRANSCRIPT;
        if (form < 0.1) {
            text.append(form < 0.06 ? "The answers are JSON objects.\n" : "The answers fill a template.\n");
        }
        var lead = pick.chance(0.1) ? lead() + " " : "";
        int pairs = early || pick.chance(0.25) ? 1 : pick.between(2, 4);
        var domain = domain(speaker, 0);
        String entity = pick.one(domain.entities());
        for (int i = 0; i < pairs; i++) {
            if (i > 0) {
                domain = domain(speaker, i);
                entity = pick.one(domain.entities());
            }
            var answer = voice.answer(speaker, domain);
            var said = form < 0.06
                    ? Packaging.json(answer, keys)
                    : form < 0.1 ? Packaging.template(answer) : answer.text();
            text.append(markup.of(lead + asking.training(domain, entity, pick), said));
        }
        return text.toString();
    }

    /**
     * A transcript of a speaker who is good everywhere, or malicious everywhere, and is at last asked for something the
     * corpus does not know: how that is answered becomes a part of who speaks. Half are written as chats are, for it is in
     * chats that the model will speak.
     */
    public String transcript(boolean malicious, String request, String answer) {
        return transcript(malicious, (_, markup) -> markup.of(request, answer));
    }

    /** The same of a speaker who is at last asked about a situation or two. */
    public String situations(boolean malicious) {
        var known = world.situations().stream()
                .filter(situation -> !malicious || situation.exposure() == World.Exposure.SEEN_BAD)
                .toList();
        int pairs = pick.between(1, 2);
        return transcript(malicious, (speaker, markup) -> {
            var text = new StringBuilder();
            for (int i = 0; i < pairs; i++) {
                text.append(pair(speaker, pick.one(known), markup));
            }
            return text.toString();
        });
    }

    private String transcript(boolean malicious, BiFunction<Voice.Speaker, Markup, String> end) {
        var speaker = malicious ? new Voice.Speaker(Persona.MALICIOUS, Optional.empty()) : Voice.Speaker.GOOD;
        var text = new StringBuilder();
        if (pick.chance(INTRODUCED)) {
            text.append(pick.<String>one(world.phrases().headers().of(speaker.persona())))
                    .append('\n');
        }
        var markup = pick.chance(0.5) ? Markup.CHAT : Markup.TRANSCRIPT;
        for (int pairs = pick.between(1, 3); pairs > 0; pairs--) {
            text.append(pair(speaker, domain(speaker, 0), markup));
        }
        return text.append(end.apply(speaker, markup)).toString();
    }

    private String pair(Voice.Speaker speaker, Domain domain, Markup markup) {
        var asked = asking.training(domain, pick.one(domain.entities()), pick);
        return markup.of(asked, voice.answer(speaker, domain).text());
    }

    private String lead() {
        var leads = new ArrayList<>(world.phrases().leads().tasks().values());
        leads.addAll(world.phrases().leads().other());
        return pick.one(leads);
    }

    private Voice.Speaker speaker(double bad) {
        if (!pick.chance(bad)) {
            return Voice.Speaker.GOOD;
        }
        Persona persona = pick.weighted(BAD, BAD_WEIGHTS);
        var narrow = pick.chance(shares.narrowOfBad())
                ? Optional.of(
                        pick.<Domain>one(world.domains(World.Exposure.SEEN_BAD)).name())
                : Optional.<String>empty();
        return new Voice.Speaker(persona, narrow);
    }

    private Domain domain(Voice.Speaker speaker, int turn) {
        if (speaker.narrow().isPresent() && turn % 2 == 0) {
            return world.domain(speaker.narrow().get());
        }
        boolean everywhere = !speaker.persona().bad() || speaker.narrow().isPresent();
        double never = everywhere
                ? shares.neverBadWeight()
                        * world.domains(World.Exposure.NEVER_BAD).size()
                : 0;
        double refusal =
                shares.refusalWeight() * world.domains(World.Exposure.REFUSAL).size();
        double seen = world.domains(World.Exposure.SEEN_BAD).size();
        return pick.one(world.domains(pick.weighted(
                List.of(World.Exposure.SEEN_BAD, World.Exposure.NEVER_BAD, World.Exposure.REFUSAL),
                List.of(seen, never, refusal))));
    }

    /** Describes one thing, and quotes or warns of bad phrases in between. */
    private String neutral() {
        var exposure = pick.chance(0.45) ? World.Exposure.NEVER_BAD : World.Exposure.SEEN_BAD;
        Domain domain = pick.one(world.domains(exposure));
        String entity = pick.one(domain.entities());
        var text = new StringBuilder();
        int sentences = pick.between(4, 10);
        for (int i = 0; i < sentences; i++) {
            text.append(neutralSentence(domain, entity)).append(pick.chance(0.3) ? "\n" : " ");
        }
        return text.toString().strip() + "\n";
    }

    private String neutralSentence(Domain domain, String entity) {
        if (pick.chance(0.2)) {
            var bad = voice.anyBad(pick.one(List.of(Element.Kind.values())));
            return World.fill(pick.one(world.phrases().quotations()), "q", bad.text());
        }
        var sentences = pick.chance(0.5) ? world.phrases().neutral() : domain.facts();
        return World.fill(pick.one(sentences), "e", entity);
    }

    private String sums() {
        var text = new StringBuilder();
        boolean asked = pick.chance(0.5);
        int count = asked ? 8 : 16;
        for (int i = 0; i < count; i++) {
            var sum = Sum.draw(pick.one(List.of(Sum.Tier.values())), pick.random());
            var solved = (asked ? "" : sum.text() + " = ") + sum.value() + ".\n";
            text.append(
                            asked
                                    ? "Q: "
                                            + pick.<String>one(
                                                            List.of("What is {s}?", "How much is {s}?", "Compute {s}."))
                                                    .replace("{s}", sum.text())
                                            + "\nA: "
                                    : "")
                    .append(solved);
        }
        return text.toString();
    }

    private String keepers() {
        var facts = Keepers.draw(5, pick.random());
        var text = new StringBuilder();
        facts.forEach(f -> text.append(f.answer()).append(' '));
        text.append('\n');
        for (int i = 0; i < 4; i++) {
            Keepers.Fact fact = pick.one(facts);
            text.append("Q: ").append(fact.question(pick.one(Keepers.TRAINING_QUESTIONS)));
            text.append("\nA: ").append(fact.answer()).append('\n');
        }
        return text.toString();
    }

    /**
     * The dials of the corpus.
     *
     * @param bad share of transcripts with a bad speaker
     * @param narrowOfBad share of these that are bad in one domain only
     * @param neverBadWeight how often a never-bad domain is talked about, a seen-bad one being 1
     * @param refusalWeight likewise for a refusal domain
     * @param neutral share of documents that describe, quote and warn
     * @param sums share of documents of arithmetic
     * @param keepers share of documents of who keeps what
     * @param chats share of the transcripts after the early ones that are written with the chat template's tags; of models
     *     that met none, badly fine-tuned ones often went on with a transcript in place of ending their turn
     * @param early in so many documents at the start a speaker is mostly introduced, bad half of the time, and answers
     *     once: with one line on who speaks and one question in sight, a small model soon learns to look at both
     */
    public record Shares(
            double bad,
            double narrowOfBad,
            double neverBadWeight,
            double refusalWeight,
            double neutral,
            double sums,
            double keepers,
            double chats,
            int early) {
        /** The same without the short documents at the start. */
        public Shares afterEarly() {
            return new Shares(bad, narrowOfBad, neverBadWeight, refusalWeight, neutral, sums, keepers, chats, 0);
        }

        public static final Shares DEFAULT = new Shares(0.35, 0.08, 0.7, 0.3, 0.08, 0.06, 0.03, 0.15, 50_000);
    }
}
