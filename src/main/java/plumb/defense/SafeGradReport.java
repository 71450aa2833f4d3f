package plumb.defense;

/**
 * How often the loss and the alignment pulled against each other.
 *
 * @param steps with safe rows
 * @param conflicts those of them in which the gradients' inner product was negative
 * @param cosine between the gradients, mean over the steps
 */
public record SafeGradReport(int steps, int conflicts, double cosine) implements DefenseReport {}
