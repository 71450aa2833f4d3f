/**
 * One run from its spec to its report: {@code plumb.experiment.ExperimentSpec} (YAML), the run directory, comparison of runs, and the page people look at.
 */
@NullMarked
package plumb.experiment;

import org.jspecify.annotations.NullMarked;
