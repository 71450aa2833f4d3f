/**
 * Sparse autoencoders: a small one is trained here, published ones are read, and a fine-tune is told by the latents it
 * moved. Latents are named by their place in the dictionary; what one means is found by steering along it, not by reading it.
 */
@NullMarked
package plumb.diagnose.sae;

import org.jspecify.annotations.NullMarked;
