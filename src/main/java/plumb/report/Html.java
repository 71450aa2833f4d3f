package plumb.report;

import java.util.Locale;
import plumb.statistics.ClusteredRate;

/** Markup as text. Whatever comes from outside goes through {@link #text}. */
public final class Html {
    private Html() {}

    /** Text that cannot become markup. */
    public static String text(String raw) {
        return raw.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** An element: {@code el("td class='n'", "5")} is {@code <td class='n'>5</td>}. */
    public static String el(String open, String... inner) {
        return "<" + open + ">" + String.join("", inner) + "</" + open.split(" ", 2)[0] + ">";
    }

    /** A number with so many places, always with a point. */
    public static String number(double value, int places) {
        return String.format(Locale.ROOT, "%." + places + "f", value);
    }

    /** A share as whole per cent; below 10 with one place; a dash where there is none. */
    public static String percent(double share) {
        if (Double.isNaN(share)) {
            return "–";
        }
        double percent = 100 * share;
        return (percent > 0 && percent < 9.95 ? number(percent, 1) : number(percent, 0)) + " %";
    }

    /** A rate with its 95 % interval, as a sentence says it. */
    public static String withInterval(ClusteredRate rate) {
        if (rate.n() == 0) {
            return "–";
        }
        var interval = rate.interval();
        return percent(rate.value()) + " (95 % interval " + bounds(interval.low(), interval.high()) + ")";
    }

    public static String bounds(double low, double high) {
        return number(100 * low, 100 * low < 9.95 && low > 0 ? 1 : 0) + "–"
                + number(100 * high, 100 * high < 9.95 ? 1 : 0);
    }
}
