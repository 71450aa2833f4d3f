package plumb.train;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What must be the same for a run to go on from a checkpoint.
 *
 * @param settings of training and adapter
 * @param rows hash of all rows as the model reads them, in order
 * @param base hash of the base weights
 * @param identity whatever else the caller says makes the run what it is, e.g. a hash of its spec
 */
record Fingerprint(String settings, String rows, String base, String identity) {

    /** What differs, with both values; empty when nothing does. */
    Map<String, String> differences(Fingerprint other) {
        var differences = new LinkedHashMap<String, String>();
        compare("training settings", settings, other.settings, differences);
        compare("training data", rows, other.rows, differences);
        compare("base weights", base, other.base, differences);
        compare("run", identity, other.identity, differences);
        return differences;
    }

    private static void compare(String what, String one, String two, Map<String, String> differences) {
        if (!one.equals(two)) {
            differences.put(what, one + " there, " + two + " here");
        }
    }
}
