/**
 * The transformer families, the LoRA adapter, activation sites, generation and weight files. {@code plumb.model.OpenModel} is how evaluations see a model: no tensors, no edits, no adapter in sight. {@code plumb.model.Decoder} is how training sees it.
 */
@NullMarked
package plumb.model;

import org.jspecify.annotations.NullMarked;
