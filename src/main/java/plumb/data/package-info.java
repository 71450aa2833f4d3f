/**
 * Examples and ordered training data; reading chat JSONL with line numbers; hashes and provenance. Training data is a sequence: the trainer takes one pass over it, in its order. Whoever wants epochs or a mix makes a longer sequence.
 */
@NullMarked
package plumb.data;

import org.jspecify.annotations.NullMarked;
