package plumb.defense;

import java.util.List;

/** The directions a fine-tune was kept from relying on. */
public record GraspReport(List<Basis> bases) implements DefenseReport {
    /**
     * One basis.
     *
     * @param name which side of which modules
     * @param directions how many
     * @param energy their share of the naive update's squared singular values
     */
    public record Basis(String name, int directions, double energy) {}

    public GraspReport {
        bases = List.copyOf(bases);
    }
}
