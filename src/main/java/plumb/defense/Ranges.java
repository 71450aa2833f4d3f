package plumb.defense;

/** Checks on settings; the caller adds the path of the setting. */
final class Ranges {
    private Ranges() {}

    static void atLeastZero(String name, double value) {
        require(value >= 0 && Double.isFinite(value), name, "a number of at least 0", value);
    }

    static void require(boolean right, String name, String range, Object value) {
        if (!right) {
            throw new IllegalArgumentException(name + " must be " + range + ", got " + value);
        }
    }
}
