/**
 * What runs in the service's child processes, where libtorch is: {@link plumb.worker.TrainingWorker} takes one fine-tuning job to its end, {@link plumb.worker.InferenceWorker} answers for one base model and its adapters. Each ends when its input ends, so that none outlives the server, and whatever it did is on disk. A native crash takes one of them, never the server.
 */
@NullMarked
package plumb.worker;

import org.jspecify.annotations.NullMarked;
