/**
 * Reading tokens on a CPU without tensors: the decoder as loops over arrays, and products by the matrix library itself. Rows
 * keep their own past, and share it where their beginnings are equal. Whatever it computes, {@link plumb.model.Decoder}
 * computes too, up to rounding.
 */
@NullMarked
package plumb.model.arrays;

import org.jspecify.annotations.NullMarked;
