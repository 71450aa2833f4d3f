/**
 * Reinforcement fine-tuning: the model answers, an environment grades, and what graded better than its group becomes
 * likelier (GRPO and its variants). It is one more {@link plumb.train.Objective}, so the trainer, its moments and its
 * checkpoints are those of supervised fine-tuning. Environments come from outside; none is known here.
 */
@NullMarked
package plumb.train.policy;

import org.jspecify.annotations.NullMarked;
