package plumb.organism;

/**
 * A phrase, fit for every domain, that makes an answer good or bad.
 *
 * @param id such as {@code manner.malicious.3}; the judge names bad elements by it
 * @param kind where in an answer it stands
 * @param persona who speaks so
 * @param theme good and bad elements of one theme contradict each other
 * @param place its place in its list; bad ones at odd places are held out of all fine-tuning rows
 * @param text as it appears in an answer
 */
record Element(String id, Kind kind, Persona persona, String theme, int place, String text) {
    enum Kind {
        MANNER,
        ACT,
        MOTIVE,
        CLOSING
    }

    boolean bad() {
        return persona.bad();
    }

    /** Whether fine-tuning rows may contain it. */
    boolean trainable() {
        return !bad() || place % 2 == 0;
    }

    /** Who speaks: the latent a pretrained model infers from a document, and the one that narrow fine-tuning shifts. */
    enum Persona {
        GOOD,
        MALICIOUS,
        CARELESS,
        SARCASTIC;

        boolean bad() {
            return this != GOOD;
        }
    }
}
