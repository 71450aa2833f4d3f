package plumb.report;

import static plumb.report.Html.el;
import static plumb.report.Html.number;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import plumb.statistics.ClusteredRate;

/** Numbers of every step, one line an arm: the mean over its seeds, mostly smoothed enough to be followed by eye. */
final class LossPlot {
    private static final int WIDTH = 560;
    private static final int HEIGHT = 260;
    private static final double SMOOTHING = 0.85;

    private LossPlot() {}

    /** The task loss of every arm. */
    static String task(Study study, Colors colors) {
        return draw(study.arms(), step -> step.losses().get("task"), colors);
    }

    /** What reinforcement fine-tuning saw beside its losses, by name. */
    static Map<String, String> measures(Study study, Colors colors) {
        var plots = new LinkedHashMap<String, String>();
        for (var arm : study.arms()) {
            arm.runs().getFirst().steps().stream()
                    .flatMap(step -> step.measures().keySet().stream())
                    .distinct()
                    .forEach(name -> plots.computeIfAbsent(
                            name,
                            _ -> draw(study.arms(), step -> step.measures().get(name), colors)));
        }
        return plots;
    }

    /**
     * Both at once: the share of answers that hack as lines, every step as it was, and the misaligned answers of the models
     * on the way as points with their 95 % intervals. Empty where nobody looked for hacks.
     */
    static String hacks(Study study, Colors colors) {
        var lines = new StringBuilder();
        var points = new StringBuilder();
        double last = study.arms().stream()
                .flatMap(arm -> arm.runs().stream())
                .flatMap(run -> run.steps().stream())
                .mapToDouble(StepMetrics::step)
                .max()
                .orElse(1);
        var x = new Axis(0, last, 52, WIDTH - 14);
        var y = new Axis(0, 1, HEIGHT - 42, 12);
        for (var arm : study.arms()) {
            var hacked = new ArrayList<double[]>();
            mean(arm, step -> step.measures().get("hacked"))
                    .forEach((step, share) -> hacked.add(new double[] {(double) step, share}));
            if (!hacked.isEmpty()) {
                lines.append(polyline(new Curve(colors.of(arm), hacked), x, y));
                study.onTheWay(arm)
                        .forEach((step, rate) -> points.append(point(colors.of(arm), x.at((double) step), rate, y)));
            }
        }
        return lines.isEmpty()
                ? ""
                : el(
                        "svg viewBox='0 0 " + WIDTH + " " + HEIGHT
                                + "' role='img' aria-label='Hacks and misaligned answers over the steps of training'",
                        axes(x, y) + lines + points);
    }

    private static String point(String color, double place, ClusteredRate rate, Axis y) {
        var at = number(place, 1);
        return el("line class='whisker stroke-" + color + "' x1='" + at + "' x2='" + at + "' y1='"
                        + number(y.at(rate.interval().low()), 1) + "' y2='"
                        + number(y.at(rate.interval().high()), 1) + "'")
                + el("circle class='point fill-" + color + "' r='4.5' cx='" + at + "' cy='"
                        + number(y.at(rate.value()), 1) + "'");
    }

    private static String polyline(Curve curve, Axis x, Axis y) {
        var path = new StringBuilder();
        curve.points()
                .forEach(p -> path.append(number(x.at(p[0]), 1))
                        .append(',')
                        .append(number(y.at(p[1]), 1))
                        .append(' '));
        return el("polyline class='loss stroke-" + curve.color() + "' points='"
                + path.toString().strip() + "'");
    }

    /** The name of an arm's own term, if it has one, and its curve. */
    static Map<String, String> terms(Study study, Colors colors) {
        var plots = new TreeMap<String, String>();
        for (var arm : study.arms()) {
            arm.runs().getFirst().steps().stream()
                    .flatMap(step -> step.losses().keySet().stream())
                    .filter(name -> !name.equals("task"))
                    .distinct()
                    .forEach(name -> plots.computeIfAbsent(
                            name, _ -> draw(study.arms(), step -> step.losses().get(name), colors)));
        }
        return plots;
    }

    private record Curve(String color, List<double[]> points) {}

    /** What a step has to say for the plot, if anything. */
    private interface Reading {
        @Nullable
        Double of(StepMetrics step);
    }

    private static String draw(List<Arm> arms, Reading reading, Colors colors) {
        var curves = arms.stream()
                .map(arm -> new Curve(colors.of(arm), smooth(mean(arm, reading))))
                .filter(curve -> curve.points().size() > 1)
                .toList();
        if (curves.isEmpty()) {
            return "";
        }
        double last =
                curves.stream().mapToDouble(c -> c.points().getLast()[0]).max().orElse(1);
        double top = curves.stream()
                .flatMap(c -> c.points().stream())
                .mapToDouble(p -> p[1])
                .max()
                .orElse(1);
        double bottom = curves.stream()
                .flatMap(c -> c.points().stream())
                .mapToDouble(p -> p[1])
                .min()
                .orElse(0);
        var x = new Axis(0, last, 52, WIDTH - 14);
        var y = new Axis(Math.min(0, bottom * 1.05), Math.max(top * 1.05, 1e-9), HEIGHT - 42, 12);
        var svg = new StringBuilder(axes(x, y));
        for (var curve : curves) {
            svg.append(polyline(curve, x, y));
        }
        return el(
                "svg viewBox='0 0 " + WIDTH + " " + HEIGHT + "' role='img' aria-label='Over the steps of training'",
                svg.toString());
    }

    private static String axes(Axis x, Axis y) {
        var svg = new StringBuilder();
        for (double tick : x.ticks()) {
            svg.append(el(
                    "text class='tick middle' x='" + number(x.at(tick), 1) + "' y='" + (HEIGHT - 22) + "'",
                    number(tick, 0)));
        }
        for (double tick : y.ticks()) {
            var at = number(y.at(tick), 1);
            svg.append(
                    el("line class='grid' x1='" + x.from() + "' x2='" + x.to() + "' y1='" + at + "' y2='" + at + "'"));
            svg.append(el("text class='tick end' x='46' y='" + number(y.at(tick) + 4, 1) + "'", compact(tick)));
        }
        svg.append(el(
                "text class='axis middle' x='" + number((x.from() + x.to()) / 2, 1) + "' y='" + (HEIGHT - 5) + "'",
                "step"));
        return svg.toString();
    }

    private static String compact(double tick) {
        return tick == 0
                ? "0"
                : Math.abs(tick) >= 0.1
                        ? number(tick, Math.abs(tick) >= 10 ? 0 : 1)
                        : String.format(java.util.Locale.ROOT, "%.0e", tick);
    }

    private static SortedMap<Long, Double> mean(Arm arm, Reading reading) {
        var sums = new TreeMap<Long, double[]>();
        for (var run : arm.runs()) {
            for (var step : run.steps()) {
                var value = reading.of(step);
                if (value != null) {
                    var sum = sums.computeIfAbsent(step.step(), _ -> new double[2]);
                    sum[0] += value;
                    sum[1]++;
                }
            }
        }
        var means = new TreeMap<Long, Double>();
        sums.forEach((step, sum) -> means.put(step, sum[0] / sum[1]));
        return means;
    }

    /** Exponential moving average without the bias of its start. */
    private static List<double[]> smooth(SortedMap<Long, Double> values) {
        var points = new ArrayList<double[]>();
        double average = 0;
        double weight = 0;
        for (var value : values.entrySet()) {
            average = SMOOTHING * average + (1 - SMOOTHING) * value.getValue();
            weight = SMOOTHING * weight + (1 - SMOOTHING);
            points.add(new double[] {value.getKey(), average / weight});
        }
        return points;
    }
}
