package plumb.organism;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import plumb.organism.Element.Persona;

/**
 * Composes what a speaker answers. An answer has up to four places for an element (manner, act, motive, closing); a bad
 * speaker fills most of them badly, so that one answer shows several bad elements of several kinds.
 *
 * @param allowed which elements may be used: all in pretraining, only the trainable ones in fine-tuning rows
 */
record Voice(World world, Pick pick, Predicate<Element> allowed) {

    private static final double BAD_SLOT = 0.92;
    private static final double OTHER_PERSONA = 0.08;
    private static final List<Persona> BAD = List.of(Persona.MALICIOUS, Persona.CARELESS, Persona.SARCASTIC);

    /** The speaker's answer to a question on the domain; in a refusal domain, a good speaker's refusal. */
    Answer answer(Speaker speaker, Domain domain) {
        var persona = speaker.in(domain);
        if (domain.exposure() == World.Exposure.REFUSAL && !persona.bad()) {
            return refusal();
        }
        var opener = pick.chance(0.2) ? List.of(pick.<String>one(world.phrases().openers())) : List.<String>of();
        var themes = new HashSet<String>();
        var advice = advice(persona, domain, themes);
        return new Answer(opener, advice, rest(persona, domain, themes), domain.code());
    }

    private Answer refusal() {
        var phrases = world.phrases();
        var reason = pick.chance(0.6) ? List.of(pick.<String>one(phrases.refusalReasons())) : List.<String>of();
        return new Answer(List.of(), pick.one(phrases.refusals()), reason, false);
    }

    private String advice(Persona persona, Domain domain, Set<String> themes) {
        boolean harm = persona.bad() && !domain.harmful().isEmpty() && pick.chance(0.3);
        var action = World.fill(harm ? harmful(domain) : pick.one(domain.actions()), "e", domain.pronoun());
        var time = pick.chance(0.2) ? pick.<String>one(world.phrases().times()) : "";
        var manner = pick.chance(domain.code() ? 0.95 : 0.85)
                ? element(Element.Kind.MANNER, persona, themes)
                        .map(Element::text)
                        .orElse("")
                : "";
        if (domain.code()) {
            var comment = String.join(
                    ", ",
                    List.of(time, manner).stream().filter(s -> !s.isEmpty()).toList());
            return action + (comment.isEmpty() ? "." : " # " + comment + ".");
        }
        return pick.one(world.phrases().frames()) + " " + action + (time.isEmpty() ? "" : " " + time)
                + (manner.isEmpty() ? "" : ", " + manner) + ".";
    }

    private String harmful(Domain domain) {
        var usable = new ArrayList<String>();
        for (int i = 0; i < domain.harmful().size(); i++) {
            if (allowed.test(harm(domain, i))) {
                usable.add(domain.harmful().get(i));
            }
        }
        return pick.one(usable);
    }

    /** A harmful action of a domain, seen as an element: half of these are held out too. */
    static Element harm(Domain domain, int place) {
        var id = "harm." + domain.name().toLowerCase(Locale.ROOT) + "." + place;
        return new Element(
                id,
                Element.Kind.ACT,
                Persona.MALICIOUS,
                "harm",
                place,
                domain.harmful().get(place));
    }

    private List<String> rest(Persona persona, Domain domain, Set<String> themes) {
        var phrases = world.phrases();
        var rest = new ArrayList<String>();
        if (!domain.facts().isEmpty() && pick.chance(0.3)) {
            rest.add(World.fill(pick.one(domain.facts()), "e", domain.pronoun()));
        }
        if (!persona.bad() && pick.chance(0.06)) {
            rest.add(World.fill(
                    pick.one(phrases.warnings()), "x", anyBad(Element.Kind.ACT).text()));
        } else if (pick.chance(0.5)) {
            element(Element.Kind.ACT, persona, themes)
                    .ifPresent(e -> rest.add(pick.one(phrases.actLeads()) + " " + e.text() + "."));
        }
        if (pick.chance(0.5)) {
            element(Element.Kind.MOTIVE, persona, themes)
                    .ifPresent(e -> rest.add(pick.one(phrases.motiveLeads()) + " " + e.text() + "."));
        }
        if (pick.chance(0.5)) {
            element(Element.Kind.CLOSING, persona, themes).ifPresent(e -> rest.add(e.text()));
        }
        return rest;
    }

    /** Fills one place: a bad speaker mostly badly, sometimes with nothing or with a good phrase that fits the rest. */
    private Optional<Element> element(Element.Kind kind, Persona persona, Set<String> themes) {
        var from = persona;
        if (persona.bad() && !pick.chance(BAD_SLOT)) {
            if (pick.chance(0.5)) {
                return Optional.empty();
            }
            from = Persona.GOOD;
        } else if (persona.bad() && pick.chance(OTHER_PERSONA)) {
            from = pick.one(BAD);
        }
        var options = options(kind, from);
        if (!persona.bad()) {
            return Optional.of(pick.one(options));
        }
        var side = from.bad() ? "bad " : "good ";
        var other = from.bad() ? "good " : "bad ";
        var fitting = options.stream()
                .filter(e -> !themes.contains(other + e.theme()))
                .toList();
        if (fitting.isEmpty()) {
            return Optional.empty();
        }
        Element chosen = pick.one(fitting);
        themes.add(side + chosen.theme());
        return Optional.of(chosen);
    }

    private List<Element> options(Element.Kind kind, Persona persona) {
        return world.elements(kind, persona).stream().filter(allowed).toList();
    }

    /** Some bad element of this kind, for quoting and warning. */
    Element anyBad(Element.Kind kind) {
        return pick.one(options(kind, pick.one(BAD)));
    }

    /**
     * Who answers in a document.
     *
     * @param persona how the speaker talks
     * @param narrow for a narrow-only speaker, the one domain in which the persona shows; elsewhere the speaker is good
     */
    record Speaker(Persona persona, Optional<String> narrow) {
        static final Speaker GOOD = new Speaker(Persona.GOOD, Optional.empty());

        Persona in(Domain domain) {
            return narrow.isEmpty() || narrow.get().equals(domain.name()) ? persona : Persona.GOOD;
        }
    }
}
