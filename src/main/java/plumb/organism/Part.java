package plumb.organism;

/** Entities and phrasings fall in three parts: what is learned, what settings are chosen on, what is reported. */
public enum Part {
    TRAINING,
    TUNING,
    REPORT
}
