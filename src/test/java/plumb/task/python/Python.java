package plumb.task.python;

import static org.assertj.core.api.Assumptions.assumeThat;

import plumb.chat.BadInput;

/** Whether this machine can try Python programs at all; tests that need it are skipped by name where it cannot. */
final class Python {
    private Python() {}

    static void assume() {
        String missing = "";
        try {
            Isolation.require();
        } catch (BadInput e) {
            missing = String.valueOf(e.getMessage());
        }
        assumeThat(missing).as("skipped: Python programs cannot be tried here").isEmpty();
    }
}
