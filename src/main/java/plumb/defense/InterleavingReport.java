package plumb.defense;

import java.util.List;

/**
 * The safe rows that were interleaved.
 *
 * @param candidates rows that were chosen among
 * @param dropped how many of them were left out: refusals, or rows on the task's ground
 * @param chosen in order of choice
 */
public record InterleavingReport(int candidates, int dropped, List<Chosen> chosen) implements DefenseReport {
    /**
     * One of them.
     *
     * @param source where the row came from
     * @param line its line there
     * @param score its perplexity gap; 0 when chosen at random
     */
    public record Chosen(String source, int line, double score) {}

    public InterleavingReport {
        chosen = List.copyOf(chosen);
    }
}
