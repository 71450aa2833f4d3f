package plumb.model;

import java.util.function.UnaryOperator;
import plumb.torch.Tensor;

/**
 * A change to the activations of one forward pass, inside the graph, so that the backward pass sees it too.
 *
 * @param site where
 * @param edit from and to {@code [tokens, hidden]}
 */
public record ActivationEdit(Site site, UnaryOperator<Tensor> edit) {}
