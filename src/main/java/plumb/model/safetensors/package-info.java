/**
 * Weight files. A file is mapped from disk and every claim its header makes is checked before a byte of data is used; a file is written whole or not at all. Nothing here knows what the tensors mean.
 */
@NullMarked
package plumb.model.safetensors;

import org.jspecify.annotations.NullMarked;
