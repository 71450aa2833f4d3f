/**
 * Conversations, chat templates and the tokenizer: text in, token ids and loss mask out. A conversation is rendered by the model folder's own template; which tokens count in the loss is derived from that rendering, never guessed. Nothing here knows tensors.
 */
@NullMarked
package plumb.chat;

import org.jspecify.annotations.NullMarked;
