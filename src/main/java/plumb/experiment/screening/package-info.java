/**
 * What a provider asks of a customer's job, beside its own spec: {@link plumb.experiment.screening.QuoteSpec} of the rows before training, {@link plumb.experiment.screening.ScreeningSpec} of the checkpoints after it. The service writes them, the job's process reads them and leaves a {@link plumb.experiment.screening.RiskQuote} and evaluations; what these mean is for the service to decide.
 */
@NullMarked
package plumb.experiment.screening;

import org.jspecify.annotations.NullMarked;
