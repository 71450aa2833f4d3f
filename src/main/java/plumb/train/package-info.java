/**
 * The trainer and the six moments at which fine-tuning may be changed. The trainer imports no defense and no evaluation, so it cannot special-case one. Checkpoints resume bit for bit.
 */
@NullMarked
package plumb.train;

import org.jspecify.annotations.NullMarked;
