/**
 * Evaluations, one record a file; judges; metrics with intervals. Nothing here sees a tensor, the trainer or a defense, so no defense can leak into its own measurement. Every sample is kept.
 */
@NullMarked
package plumb.eval;

import org.jspecify.annotations.NullMarked;
