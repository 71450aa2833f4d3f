/**
 * How the organism's weights are grown from nothing: the recipe, pretraining on the corpus, alignment on chats. Trains all
 * weights of a small decoder and writes Hugging Face folders.
 */
@NullMarked
package plumb.organism.growth;

import org.jspecify.annotations.NullMarked;
