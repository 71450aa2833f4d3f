/**
 * Fine-tuning jobs on their way: {@link plumb.service.job.JobRunner} looks at their files, gives each its turn and a process of its own, follows what that process writes into its run directory, and lets out the best checkpoint that passed the gate. Everything here can be killed at any moment: the store says which jobs are open, the run directories how far they are.
 */
@NullMarked
package plumb.service.job;

import org.jspecify.annotations.NullMarked;
