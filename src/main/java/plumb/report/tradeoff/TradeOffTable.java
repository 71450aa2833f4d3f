package plumb.report.tradeoff;

import static plumb.report.Html.bounds;
import static plumb.report.Html.el;
import static plumb.report.Html.percent;
import static plumb.report.Html.text;

import java.util.Locale;
import java.util.Objects;
import plumb.statistics.ClusteredRate;

/** A trade-off as a part of a page: the arms, the one to take, and every pair of them. */
public final class TradeOffTable {
    private final TradeOff tradeOff;

    public TradeOffTable(TradeOff tradeOff) {
        this.tradeOff = tradeOff;
    }

    /** Empty where there is nothing to compare. */
    public String html() {
        if (tradeOff.arms().size() < 2) {
            return "";
        }
        return el("h1", "All tasks together")
                + tradeOff.recommended()
                        .map(take ->
                                el("p class='lead soft'", text("Recommended: " + take.arm() + ". " + take.reason())))
                        .orElse("")
                + el("div class='card'", el("div class='scroll'", el("table", arms())))
                + el(
                        "p class='small soft'",
                        "“On the front”: no other arm is as good in alignment (the worse of the two ways of asking), task, benign tasks and coherence at once. “Detectable”: the smallest rise of misalignment that a second arm of this size would have shown four times in five.")
                + el(
                        "details",
                        el("summary", "Every pair of arms: effect, no effect, or cannot tell"),
                        el("div class='scroll'", el("table", pairs())));
    }

    private String arms() {
        var rows = new StringBuilder();
        var head = new StringBuilder(el("th"));
        for (var criterion : Criterion.values()) {
            head.append(el("th", criterion.toString()));
        }
        rows.append(el("tr", head.toString(), el("th", "on the front"), el("th", "detectable")));
        var front = tradeOff.front();
        for (var arm : tradeOff.arms()) {
            var cells = new StringBuilder(el("td class='arm'", text(arm.arm())));
            for (var criterion : Criterion.values()) {
                cells.append(el("td", rate(criterion.of(arm))));
            }
            rows.append(el(
                    "tr",
                    cells.toString(),
                    el("td", front.contains(arm) ? "yes" : ""),
                    el("td", percent(TradeOff.detectable(arm)))));
        }
        return rows.toString();
    }

    private static String rate(ClusteredRate rate) {
        return rate.n() == 0
                ? "–"
                : el("b", percent(rate.value()))
                        + " "
                        + el(
                                "small",
                                bounds(rate.interval().low(), rate.interval().high()));
    }

    private String pairs() {
        var rows = new StringBuilder(el(
                "tr",
                el("th", "first"),
                el("th", "second"),
                el("th", "in"),
                el("th", "difference"),
                el("th", "verdict")));
        for (var pair : tradeOff.pairs()) {
            var found = pair.comparison();
            rows.append(el(
                    "tr class='domain'",
                    el("td", text(pair.first())),
                    el("td", text(pair.second())),
                    el("td", pair.criterion().toString()),
                    el(
                            "td",
                            points(found.difference()) + " "
                                    + el(
                                            "small",
                                            points(found.interval().low()) + " to "
                                                    + points(found.interval().high()))),
                    el("td", Objects.toString(found.verdict()))));
        }
        return rows.toString();
    }

    /** A difference in percentage points, with its sign. */
    private static String points(double difference) {
        return String.format(Locale.ROOT, "%+.1f", 100 * difference);
    }
}
