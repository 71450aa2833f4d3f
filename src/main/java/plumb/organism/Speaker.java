package plumb.organism;

import java.util.Optional;

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
