package plumb.report;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run was made of and what came out, for whoever wants to repeat it.
 *
 * @param id the run directory's name
 * @param started when the run was first started
 * @param finished when its last evaluation was written; null while it is unfinished
 * @param versions of Plumb, Java, libtorch and the operating system
 * @param device that computed
 * @param threads used inside one operation
 * @param seed of training and sampling
 * @param modelHash SHA-256 of the base weights
 * @param dataHash of the rows in the order training took them
 * @param rows how many rows training took, safe ones included
 * @param training what the training cost; null while it runs, and of what was trained elsewhere
 * @param adapterHash SHA-256 of the adapter that was saved, read back, and evaluated, or of the model where that was measured
 *     as it is; null while training runs
 */
public record Manifest(
        String id,
        Instant started,
        @Nullable Instant finished,
        Map<String, String> versions,
        String device,
        int threads,
        long seed,
        String modelHash,
        String dataHash,
        int rows,
        @Nullable Cost training,
        @Nullable String adapterHash) {

    /**
     * What training cost.
     *
     * @param steps optimizer steps
     * @param tokens all tokens of the training passes
     * @param seconds of wall clock, over all sessions of a resumed run
     * @param peakMemoryMegabytes the process's largest resident set; 0 where the system does not tell
     */
    public record Cost(long steps, long tokens, double seconds, long peakMemoryMegabytes) {
        public double tokensPerSecond() {
            return seconds > 0 ? tokens / seconds : 0;
        }
    }

    /** With what training cost and made. */
    public Manifest trained(Cost cost, String adapter) {
        return new Manifest(
                id, started, finished, versions, device, threads, seed, modelHash, dataHash, rows, cost, adapter);
    }

    /** Of what was trained elsewhere: nobody knows what that cost. */
    public Manifest adopted(String adapter) {
        return new Manifest(
                id, started, finished, versions, device, threads, seed, modelHash, dataHash, rows, null, adapter);
    }

    /** With the moment the last evaluation was written. */
    public Manifest finishedAt(Instant moment) {
        return new Manifest(
                id, started, moment, versions, device, threads, seed, modelHash, dataHash, rows, training, adapterHash);
    }
}
