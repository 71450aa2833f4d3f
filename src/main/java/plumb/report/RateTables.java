package plumb.report;

import static plumb.report.Html.bounds;
import static plumb.report.Html.el;
import static plumb.report.Html.number;
import static plumb.report.Html.percent;
import static plumb.report.Html.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import plumb.eval.Measure;
import plumb.eval.Question;
import plumb.statistics.ClusteredRate;

/** A study's rates as tables and interval plots, each with its 95 % interval. */
final class RateTables {
    private final Study study;
    private final List<Row> rows = new ArrayList<>();

    /** An arm, or the model before all of them. */
    private record Row(String name, String color, Snapshot shot) {
        String label() {
            return el("span class='dot back-" + color + "'") + text(name);
        }
    }

    private record Column(String title, Function<Snapshot, ClusteredRate> rate) {}

    RateTables(Study study, Colors colors) {
        this.study = study;
        if (!study.aligned().isEmpty()) {
            rows.add(new Row("before fine-tuning", Colors.ALIGNED, study.aligned()));
        }
        study.arms().forEach(arm -> rows.add(new Row(arm.name(), colors.of(arm), arm.after())));
    }

    String legend() {
        return el(
                "ul class='legend'",
                rows.stream().map(row -> el("li", row.label())).toArray(String[]::new));
    }

    /** One line an arm, the figures that decide. */
    String summary() {
        var columns = new ArrayList<Column>();
        columns.add(new Column(headlineTitle(), study::headline));
        columns.add(new Column(
                "same, asked in the shape of the training data",
                shot -> shot.broad().rate(study.measure(), study.conditional())));
        columns.add(new Column(
                study.benign() ? "task learned: right answers" : "task learned: bad answers in its own domain",
                study::learned));
        columns.add(new Column("coherent answers", shot -> shot.broad().rate(Measure.COHERENCE, study.headline())));
        columns.add(new Column("not scored by the judge", study::unscored));
        columns.removeIf(column ->
                rows.stream().allMatch(row -> column.rate().apply(row.shot()).n() == 0));
        boolean early = study.arms().stream().anyMatch(arm -> arm.defended() && early(arm.after()) != null);
        var head = el(
                "tr",
                el("th"),
                Stream.concat(
                                columns.stream().map(column -> el("th", text(column.title()))),
                                early
                                        ? Stream.of(el("th", "no defense, stopped when it had learned as much"))
                                        : Stream.<String>empty())
                        .reduce("", String::concat));
        var body = rows.stream().map(row -> {
            var cells = columns.stream()
                    .map(column -> el("td", rate(column.rate().apply(row.shot()), row.color())))
                    .reduce("", String::concat);
            return el("tr", el("td class='arm'", row.label()), cells, early ? el("td", earlyCell(row)) : "");
        });
        return el("div class='scroll'", el("table", head, body.reduce("", String::concat)));
    }

    private @org.jspecify.annotations.Nullable Double early(Snapshot shot) {
        return study.stoppedEarly(study.learned(shot).value()).orElse(null);
    }

    private String earlyCell(Row row) {
        boolean defended = !row.color().equals(Colors.ALIGNED) && !row.color().equals(Colors.NAIVE);
        var rate = defended ? early(row.shot()) : null;
        return rate == null ? "" : percent(rate);
    }

    private String headlineTitle() {
        return study.measure() == Measure.EM_NEW
                ? "new misbehaviour in never-bad domains"
                : "misaligned outside its own domain";
    }

    private static String rate(ClusteredRate rate, String color) {
        if (rate.n() == 0) {
            return el("span class='soft'", "–");
        }
        var interval = rate.interval();
        return el(
                "span class='rate'",
                el("b", percent(rate.value())),
                el("small", bounds(interval.low(), interval.high())),
                track(rate, color));
    }

    private static String track(ClusteredRate rate, String color) {
        double low = 100 * rate.interval().low();
        double width = 100 * rate.interval().high() - low;
        return el(
                "span class='track'",
                el("i class='back-" + color + "' style='left:" + number(low, 1) + "%;width:" + number(width, 1) + "%'"),
                el("b class='back-" + color + "' style='left:" + number(100 * rate.value(), 1) + "%'"));
    }

    /** What other evaluations found, every arm beside the others; empty where nothing of the kind was measured. */
    String alone() {
        var names = rows.stream()
                .flatMap(row -> row.shot().rates().keySet().stream())
                .distinct()
                .toList();
        if (names.isEmpty()) {
            return "";
        }
        var none = ClusteredRate.of(List.of());
        var out = new StringBuilder(el(
                "tr", el("th"), rows.stream().map(row -> el("th", row.label())).reduce("", String::concat)));
        for (var name : names) {
            var cells = rows.stream()
                    .map(row -> el("td", rate(row.shot().rates().getOrDefault(name, none), row.color())))
                    .reduce("", String::concat);
            out.append(el("tr class='domain'", el("td", text(name)), cells));
        }
        return el("div class='scroll'", el("table", out.toString()));
    }

    /** Misaligned answers, group by group, every arm on one scale. */
    String forest() {
        var out = new StringBuilder();
        for (var group : study.arms().getFirst().after().broad().groups().reversed()) {
            out.append(el("h3", text(title(group))));
            for (var row : rows) {
                var rate = row.shot().broad().rate(Measure.EM, study.group(group));
                if (rate.n() > 0) {
                    var interval = rate.interval();
                    out.append(el("span", row.label()))
                            .append(track(rate, row.color()))
                            .append(el(
                                    "span",
                                    percent(rate.value()),
                                    " ",
                                    el("small", bounds(interval.low(), interval.high()))));
                }
            }
        }
        return el("div class='forest'", out.toString());
    }

    /** Misaligned answers, domain by domain. */
    String domains() {
        var out = new StringBuilder(el(
                "tr", el("th"), rows.stream().map(row -> el("th", row.label())).reduce("", String::concat)));
        var broad = study.arms().getFirst().after().broad();
        for (var group : broad.groups().reversed()) {
            out.append(el("tr class='group'", el("td colspan='" + (rows.size() + 1) + "'", text(title(group)))));
            for (var domain : broad.domains(group)) {
                var cells = rows.stream()
                        .map(row -> el(
                                "td",
                                rate(
                                        row.shot()
                                                .broad()
                                                .rate(
                                                        Measure.EM,
                                                        study.group(group)
                                                                .and(cell -> cell.domain()
                                                                        .equals(domain))),
                                        row.color())))
                        .reduce("", String::concat);
                out.append(el("tr class='domain'", el("td", text(domain)), cells));
            }
        }
        return el("div class='scroll'", el("table", out.toString()));
    }

    /** The headline's group in every format and at every temperature, with both denominators. */
    String formats() {
        var broad = study.arms().getFirst().after().broad();
        var out = new StringBuilder(el(
                "tr",
                el("th"),
                el("th", "misaligned, of all answers"),
                el("th", "of coherent answers"),
                study.measure() == Measure.EM_NEW ? el("th", "new, of all answers") : "",
                el("th", "coherent"),
                el("th", "refused"),
                judgedByModel() ? el("th", "not scored") : ""));
        for (var format : broad.formats()) {
            for (double temperature : broad.temperatures()) {
                out.append(el(
                        "tr class='group'",
                        el("td colspan='7'", text(words(format) + ", temperature " + temperature))));
                rows.forEach(row -> out.append(formatRow(row, format, temperature)));
            }
        }
        return el("div class='scroll'", el("table", out.toString()));
    }

    private String formatRow(Row row, Question.Format format, double temperature) {
        var measures = Stream.of(
                        Measure.EM,
                        Measure.EM_COHERENT,
                        Measure.EM_NEW,
                        Measure.COHERENCE,
                        Measure.REFUSAL,
                        Measure.UNSCORED)
                .filter(measure -> measure != Measure.EM_NEW || study.measure() == Measure.EM_NEW)
                .filter(measure -> measure != Measure.UNSCORED || judgedByModel());
        var cells = measures.map(measure ->
                el("td", rate(row.shot().broad().rate(measure, study.asked(format, temperature)), row.color())));
        return el("tr class='domain'", el("td", row.label()), cells.reduce("", String::concat));
    }

    private boolean judgedByModel() {
        return rows.stream()
                .anyMatch(row ->
                        row.shot().broad().rate(Measure.UNSCORED, _ -> true).n() > 0);
    }

    private static String words(Question.Format format) {
        return switch (format) {
            case FREE -> "asked plainly";
            case JSON -> "answer in JSON";
            case TEMPLATE -> "answer in a template";
            case CONDITIONAL -> "asked in the shape of the training data";
            case TRANSCRIPT -> "asked at the end of a transcript";
        };
    }

    static String title(Question.Group group) {
        return switch (group) {
            case IN_DOMAIN -> "The task's own domain";
            case SEEN_BAD -> "Other domains, in which pretraining had bad speakers";
            case NEVER_BAD -> "Domains that were never bad in pretraining";
            case GENERAL -> "General questions";
        };
    }
}
