package plumb.organism;

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
