package plumb.eval.set;

import java.util.Locale;

/** A category as a part of a metric's name. */
public final class Slug {
    private Slug() {}

    /** {@code Indexical Error: Time} is {@code indexical-error-time}. */
    public static String of(String text) {
        return text.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_]+", "-")
                .replaceAll("^-|-$", "");
    }
}
