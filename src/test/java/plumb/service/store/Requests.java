package plumb.service.store;

import java.util.Map;
import plumb.report.Formats;
import plumb.service.store.JobRequest.Hyperparameters;

/** Jobs as somebody asks for them: the organism on a file, without defenses of their own. */
public final class Requests {
    private Requests() {}

    /** What the policy leaves open is chosen when the job begins. */
    public static JobRequest open(Map<String, String> metadata) {
        return of(metadata, new Hyperparameters(null, 4, null));
    }

    /** With nothing left open. */
    public static JobRequest settled() {
        return of(Map.of(), new Hyperparameters(1, 16, 1.0));
    }

    private static JobRequest of(Map<String, String> metadata, Hyperparameters settings) {
        return new JobRequest("organism", "file-1", null, null, 7, metadata, settings, Formats.JSON.createArrayNode());
    }
}
