package plumb.chat;

/**
 * A conversation as the model sees it.
 *
 * @param text the rendered template
 * @param ids its tokens
 * @param mask per token, whether it is a target of the loss (assistant text and the token that ends the turn)
 */
public record Rendered(String text, int[] ids, boolean[] mask) {}
