package plumb.train;

import plumb.torch.Tensor;

/**
 * Something added to the task loss: {@code weight · value}. Logged as {@code loss/<name>}, without the weight. A term of
 * weight 0 is measured and logged, and changes nothing.
 *
 * @param value a scalar with a gradient; the values of a step's batches are added up
 */
public record LossTerm(String name, double weight, Tensor value) {}
