/**
 * One run from its spec to its report: {@code plumb.experiment.ExperimentSpec} (YAML), and {@code plumb.experiment.Experiment}, which trains, saves, reads back and measures. Everything it finds goes into a {@code plumb.report.RunDirectory}.
 */
@NullMarked
package plumb.experiment;

import org.jspecify.annotations.NullMarked;
