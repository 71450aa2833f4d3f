package plumb.service.store;

import java.util.List;
import java.util.Map;
import plumb.report.Formats;
import plumb.service.store.JobRequest.Hyperparameters;
import tools.jackson.databind.JsonNode;

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

    /** Settled, with defenses of its own, as they come out of the database. */
    public static JobRequest defended(List<JsonNode> defenses) {
        var written = Formats.JSON.readTree(Formats.JSON.writeValueAsString(defenses));
        return new JobRequest(
                "organism", "file-1", null, null, 7, Map.of(), settled().hyperparameters(), written);
    }

    private static JobRequest of(Map<String, String> metadata, Hyperparameters settings) {
        return new JobRequest("organism", "file-1", null, null, 7, metadata, settings, Formats.JSON.createArrayNode());
    }
}
