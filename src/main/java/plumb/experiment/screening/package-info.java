/**
 * What a provider asks of a customer's checkpoints: {@link plumb.experiment.screening.ScreeningSpec}, which lies beside the spec of a job. The service writes it, the job's process reads it; what the answers mean is decided by neither.
 */
@NullMarked
package plumb.experiment.screening;

import org.jspecify.annotations.NullMarked;
