package plumb.defense;

import java.util.List;

/**
 * Where the aligned model lies along the directions that were ablated.
 *
 * @param baseMeans layer by layer, direction by direction: its mean over safe rows. Far below 0 on a
 *     bad direction, ablating to 0 adds what it should take away
 */
public record ConceptAblationReport(List<List<Double>> baseMeans) implements DefenseReport {
    public ConceptAblationReport {
        baseMeans = baseMeans.stream().map(List::copyOf).toList();
    }
}
