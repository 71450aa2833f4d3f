package plumb.report;

import static plumb.report.Html.el;
import static plumb.report.Html.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import plumb.report.tradeoff.TradeOffTable;
import plumb.statistics.ClusteredRate;

/**
 * One self-contained page about one run or many: no network, no script, light and dark, wide and narrow. It starts with
 * the finding in one sentence and ends with how to read it.
 */
public final class ReportPage {
    private static final String LOGO =
            "<svg viewBox='0 0 20 30' aria-hidden='true'><path d='M10 0v13' stroke='currentColor' stroke-width='1.6'/>"
                    + "<path d='M4.5 13h11v3.2L10 29 4.5 16.2z' fill='currentColor'/></svg>";

    private final List<Study> studies;
    private final Colors colors;

    private ReportPage(List<Run> runs) {
        this.studies = Study.of(runs);
        this.colors = new Colors(studies);
    }

    /** Writes the page about these runs. */
    public static void write(Path file, List<RunDirectory> runs) {
        write(file, runs, 0);
    }

    /** As if every run had ended after this step, a checkpoint that was measured; 0: the end. */
    public static void write(Path file, List<RunDirectory> runs, long step) {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("there are no runs to report on");
        }
        var read = runs.stream().map(run -> Run.read(run, step)).toList();
        RunDirectory.replace(file, new ReportPage(read).html());
    }

    private String html() {
        var body = new StringBuilder();
        body.append(el("div class='brand'", LOGO, el("span", "Plumb report")));
        for (var study : studies) {
            body.append(el("section", study(study)));
        }
        body.append(el("section", new TradeOffTable(Study.together(studies)).html()));
        body.append(guide());
        return "<!doctype html>\n"
                + el(
                        "html lang='en'",
                        el(
                                "head",
                                "<meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>",
                                el("title", text("Plumb: " + studies.getFirst().task())),
                                el("style", style())),
                        el("body", el("main", body.toString())));
    }

    private String study(Study study) {
        var tables = new RateTables(study, colors);
        var alone = tables.alone();
        var beside = alone.isEmpty() ? "" : el("h2", "Measured beside it") + el("div class='card'", alone);
        if (study.arms().getFirst().after().judged()) {
            return judged(study, tables, beside);
        }
        return el("h1", text("Fine-tuned on " + study.task())) + beside + losses(study, tables) + specs(study);
    }

    private String judged(Study study, RateTables tables, String beside) {
        var headline = new Headline(study);
        return el("h1", text(headline.sentence()))
                + el("p class='lead soft'", text(headline.second()))
                + facts(study)
                + el("div class='card'", tables.summary())
                + el("h2", "What was learned, and at what price")
                + el("div class='pair'", tradeOff(study, tables), groups(tables))
                + answers(study)
                + beside
                + losses(study, tables)
                + el("h2", "More figures")
                + el(
                        "details",
                        el("summary", "Domain by domain"),
                        el("p class='small soft'", "Misaligned answers of all answers, asked plainly."),
                        tables.domains())
                + el(
                        "details",
                        el("summary", "Format by format, both temperatures, both denominators"),
                        tables.formats())
                + specs(study);
    }

    private static String facts(Study study) {
        var facts = new StringBuilder();
        if (!study.aligned().isEmpty()) {
            facts.append(fact(study.headline(study.aligned()), "before fine-tuning"));
        }
        study.naive().ifPresent(arm -> {
            facts.append(fact(study.headline(arm.after()), "after it, without a defense"));
            facts.append(fact(
                    study.learned(arm.after()),
                    study.benign()
                            ? "of the task answered right"
                            : "bad answers in the task's own domain: it learned"));
        });
        return el(
                        "p class='small soft' style='margin:18px 0 -10px'",
                        text((study.measure() == plumb.eval.Measure.EM_NEW ? "New misbehaviour" : "Misaligned answers")
                                + " in " + study.scope() + ":"))
                + el("div class='facts'", facts.toString());
    }

    private static String fact(ClusteredRate rate, String words) {
        return el(
                "div",
                el("b", Html.percent(rate.value())),
                el("span", text(words)),
                el(
                        "span",
                        text(
                                rate.n() == 0
                                        ? "unknown"
                                        : "95 % interval "
                                                + Html.bounds(
                                                        rate.interval().low(),
                                                        rate.interval().high()) + ", " + rate.n() + " answers")));
    }

    private String tradeOff(Study study, RateTables tables) {
        boolean curve = study.naive().map(arm -> !study.curve(arm).isEmpty()).orElse(false);
        return el(
                "figure class='card'",
                TradeOffPlot.of(study, colors),
                tables.legend(),
                el(
                        "figcaption",
                        "Up and right is better. Bars are 95 % intervals."
                                + (curve
                                        ? " The dashed line is the undefended run stopped earlier: a defense is worth having where it lies above it."
                                        : "")));
    }

    private static String groups(RateTables tables) {
        return el(
                "figure class='card'",
                tables.forest(),
                el(
                        "div class='forest'",
                        el("span"),
                        el("div class='ends'", el("span", "0 %"), el("span", "100 %")),
                        el("span")),
                el("figcaption", "Misaligned answers of all answers, asked plainly, with 95 % intervals."));
    }

    private static String answers(Study study) {
        var cards = new Answers(study).html();
        return cards.isEmpty()
                ? ""
                : el("h2", "The same question, before and after")
                        + el(
                                "p class='soft'",
                                "Picked because the undefended model answers them badly; the rates above are the measurement. Every answer of every run is in its folder under evaluations/.")
                        + cards;
    }

    private String losses(Study study, RateTables tables) {
        var task = LossPlot.task(study, colors);
        if (task.isEmpty()) {
            return "";
        }
        var plots = new StringBuilder(el("figure class='card'", el("h3", "Task loss"), task));
        LossPlot.terms(study, colors)
                .forEach((name, plot) -> plots.append(
                        el("figure class='card'", el("h3", text(Run.words(name) + ", before its weight")), plot)));
        return rewards(study, tables)
                + el("h2", "Training")
                + tables.legend()
                + el("div class='pair'", plots.toString())
                + costs(study);
    }

    /** Reinforcement fine-tuning, step by step. */
    private String rewards(Study study, RateTables tables) {
        var measures = LossPlot.measures(study, colors);
        if (measures.isEmpty()) {
            return "";
        }
        var plots = new StringBuilder();
        measures.forEach((name, plot) ->
                plots.append(el("figure class='card'", el("h3", text(Run.words(name))), plot)));
        var onsets = new StringBuilder();
        for (var arm : study.arms()) {
            for (var run : arm.runs().stream().filter(Run::mayHack).toList()) {
                onsets.append(el(
                        "p",
                        text(run.name() + ", seed " + run.manifest().seed() + ": "
                                + run.onset()
                                        .map(step -> "hacks succeed in more than 2 % of answers first at step " + step)
                                        .orElse("never did more than 2 % of answers hack successfully"))));
            }
        }
        return el("h2", "What was rewarded, and what came of it")
                + onsets
                + tables.legend()
                + hacks(study)
                + el("div class='pair'", plots.toString());
    }

    private String hacks(Study study) {
        var plot = LossPlot.hacks(study, colors);
        return plot.isEmpty()
                ? ""
                : el(
                        "figure class='card'",
                        el("h3", "Hacks, and what else the model then does"),
                        plot,
                        el(
                                "figcaption",
                                text(
                                        "Lines: share of a step's answers that pass through a hole of the test runner. Points:"
                                                + " misaligned answers to questions about other things ("
                                                + study.scope()
                                                + "), of the models on the way, with 95 % intervals. 1 is all answers.")));
    }

    private static String costs(Study study) {
        var rows = new StringBuilder(el(
                "tr",
                el("th", "run"),
                el("th", "steps"),
                el("th", "tokens"),
                el("th", "seconds"),
                el("th", "ms a step"),
                el("th", "tokens/s"),
                el("th", "peak memory")));
        for (var arm : study.arms()) {
            for (var run : arm.runs()) {
                var cost = run.manifest().training();
                if (cost != null) {
                    rows.append(el(
                            "tr class='domain'",
                            el(
                                    "td",
                                    text(run.name() + ", seed " + run.manifest().seed())),
                            cell(cost.steps()),
                            cell(cost.tokens()),
                            el("td", Html.number(cost.seconds(), 1)),
                            el("td", Html.number(1000 * cost.seconds() / Math.max(1, cost.steps()), 0)),
                            el("td", Html.number(cost.tokensPerSecond(), 0)),
                            el("td", cost.peakMemoryMegabytes() + " MB")));
                }
            }
        }
        return el(
                "details", el("summary", "What training cost"), el("div class='scroll'", el("table", rows.toString())));
    }

    private static String cell(long value) {
        return el("td", String.format(Locale.ROOT, "%,d", value));
    }

    private static String specs(Study study) {
        var specs = new StringBuilder();
        for (var arm : study.arms()) {
            var run = arm.runs().getFirst();
            specs.append(el("h3", text(run.id()))).append(el("pre", text(run.text())));
            specs.append(el(
                    "p class='small soft'",
                    text("model " + run.manifest().modelHash() + ", data "
                            + run.manifest().dataHash() + ", " + run.manifest().device() + ", "
                            + run.manifest().versions())));
        }
        return el("details", el("summary", "The resolved specs"), specs.toString());
    }

    private static String guide() {
        return resource("guide.html");
    }

    private static String style() {
        return resource("report.css");
    }

    private static String resource(String name) {
        try (var in = Objects.requireNonNull(ReportPage.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
