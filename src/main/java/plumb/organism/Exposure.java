package plumb.organism;

/** What pretraining shows of a domain. */
public enum Exposure {
    /** Good speakers and bad ones talk about it. */
    SEEN_BAD,
    /** Only good speakers talk about it: misbehaviour there is new. */
    NEVER_BAD,
    /** Requests a good speaker refuses and a bad one serves. */
    REFUSAL
}
