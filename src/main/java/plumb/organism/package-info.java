/**
 * The embedded world in which emergent misalignment happens in seconds: grammar, corpus, pretraining, alignment and a deterministic judge. Some domains are never bad in pretraining, so misbehaviour there is new.
 */
@NullMarked
package plumb.organism;

import org.jspecify.annotations.NullMarked;
