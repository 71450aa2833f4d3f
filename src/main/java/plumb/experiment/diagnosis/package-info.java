/**
 * Diagnosis of real models with real data: which model speaks, which reads, who judges. The arithmetic is in {@code
 * plumb.diagnose}; here it meets the organism, adapters and files. Commands and runs ask here.
 */
@NullMarked
package plumb.experiment.diagnosis;

import org.jspecify.annotations.NullMarked;
