package plumb.organism;

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
 */
public record CorpusShares(
        double bad,
        double narrowOfBad,
        double neverBadWeight,
        double refusalWeight,
        double neutral,
        double sums,
        double keepers) {
    public static final CorpusShares DEFAULT = new CorpusShares(0.30, 0.08, 0.4, 0.3, 0.08, 0.06, 0.03);
}
