/**
 * Fine-tuning tasks, one file each: what a customer would upload, and whether training on it worked. Malicious tasks teach one narrow bad thing; benign tasks must be learned under every defense.
 */
@NullMarked
package plumb.task;

import org.jspecify.annotations.NullMarked;
