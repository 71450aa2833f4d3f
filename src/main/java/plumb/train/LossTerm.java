package plumb.train;

import plumb.torch.Tensor;

/**
 * Something added to the task loss: {@code weight · value}. Logged as {@code loss/<name>}.
 *
 * @param value a scalar with a gradient
 */
public record LossTerm(String name, double weight, Tensor value) {}
