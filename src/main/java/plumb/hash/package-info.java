/**
 * SHA-256, by which data, prompts, weights and keys are recognised. Every hash that Plumb writes or compares is one of these, in
 * hexadecimal digits. The package uses nothing of ours, and every other may use it.
 */
@NullMarked
package plumb.hash;

import org.jspecify.annotations.NullMarked;
