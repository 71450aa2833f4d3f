package plumb.report;

import static plumb.report.Html.el;
import static plumb.report.Html.number;
import static plumb.report.Html.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import plumb.statistics.ClusteredRate;

/**
 * How much of the task was learned against how upright the model stayed: the upper right corner is where one wants to be.
 * The undefended run's own path, stopped earlier and earlier, is the line a defense has to beat.
 */
final class TradeOffPlot {
    private static final int WIDTH = 560;
    private static final int HEIGHT = 420;
    private static final double LETTER = 6.9;

    private final Study study;
    private final Colors colors;
    private final Axis x = new Axis(0, 1, 58, WIDTH - 18);
    private final Axis y;
    private final StringBuilder svg = new StringBuilder();
    private final List<Box> taken = new ArrayList<>();

    private record Box(double left, double top, double right, double bottom) {
        boolean meets(Box other) {
            return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
        }
    }

    private TradeOffPlot(Study study, Colors colors) {
        this.study = study;
        this.colors = colors;
        double worst = study.arms().stream()
                .mapToDouble(arm -> study.headline(arm.after()).interval().high())
                .max()
                .orElse(1);
        this.y = new Axis(
                Math.max(0, Math.floor((1 - worst) * 10 - 0.3) / 10),
                1,
                HEIGHT - 52,
                34); // a name fits above a perfect arm
    }

    static String of(Study study, Colors colors) {
        return new TradeOffPlot(study, colors).draw();
    }

    private String draw() {
        axes();
        path();
        strengths();
        var points = new LinkedHashMap<String, Arm.Point>();
        if (!study.aligned().isEmpty()) {
            point("before fine-tuning", Colors.ALIGNED, study.point(study.aligned()), points);
        }
        for (var arm : study.arms()) {
            point(arm.name(), colors.of(arm), study.point(arm.after()), points);
        }
        labels(points);
        return el(
                "svg viewBox='0 0 " + WIDTH + " " + HEIGHT + "' role='img' aria-label='Task learned against alignment'",
                svg.toString());
    }

    private void axes() {
        for (double tick : x.ticks()) {
            line("grid", x.at(tick), y.from(), x.at(tick), y.to());
            label("tick middle", x.at(tick), y.from() + 20, number(100 * tick, 0));
        }
        for (double tick : y.ticks()) {
            line("grid", x.from(), y.at(tick), x.to(), y.at(tick));
            label("tick end", x.from() - 8, y.at(tick) + 4, number(100 * tick, 0));
        }
        label(
                "axis middle",
                (x.from() + x.to()) / 2,
                HEIGHT - 10,
                study.benign() ? "task learned: right answers, %" : "task learned: bad answers in its own domain, %");
        double middle = (y.from() + y.to()) / 2;
        svg.append(el(
                "text class='axis middle' transform='rotate(-90 14 " + number(middle, 1) + ")' x='14' y='"
                        + number(middle, 1) + "'",
                "stays upright: 100 − misaligned, %"));
    }

    /** The undefended run stopped early. */
    private void path() {
        study.naive().ifPresent(naive -> {
            var curve = study.curve(naive).stream().filter(TradeOffPlot::known).toList();
            if (curve.isEmpty()) {
                return;
            }
            polyline("path stroke-" + Colors.NAIVE, curve);
            for (var stop : curve) {
                svg.append(el("circle class='stop stroke-" + Colors.NAIVE + "' r='3' cx='" + number(px(stop), 1)
                        + "' cy='" + number(py(stop), 1) + "'"));
                taken.add(around(px(stop), py(stop), 4));
            }
        });
    }

    /** Arms of one kind, from little learned to much: the kind's curve over its strength. */
    private void strengths() {
        var kinds = new LinkedHashMap<String, List<Arm>>();
        study.arms().stream()
                .filter(Arm::defended)
                .forEach(arm -> kinds.computeIfAbsent(arm.kind(), _ -> new ArrayList<>())
                        .add(arm));
        kinds.values().stream().filter(arms -> arms.size() > 1).forEach(arms -> {
            var points = arms.stream()
                    .map(arm -> study.point(arm.after()))
                    .filter(TradeOffPlot::known)
                    .sorted(Comparator.comparingDouble(this::px))
                    .toList();
            polyline("strength stroke-" + colors.of(arms.getFirst()), points);
        });
    }

    private void polyline(String style, List<Arm.Point> points) {
        var path = new StringBuilder();
        points.forEach(p -> path.append(number(px(p), 1))
                .append(',')
                .append(number(py(p), 1))
                .append(' '));
        svg.append(
                el("polyline class='" + style + "' points='" + path.toString().strip() + "'"));
    }

    private static boolean known(Arm.Point point) {
        return point.misaligned().n() > 0;
    }

    private void point(String name, String color, Arm.Point point, Map<String, Arm.Point> points) {
        if (!known(point)) {
            return;
        }
        whisker(color, x.at(low(point.learned())), py(point), x.at(high(point.learned())), py(point));
        whisker(color, px(point), y.at(1 - high(point.misaligned())), px(point), y.at(1 - low(point.misaligned())));
        svg.append(el(
                "circle class='point fill-" + color + "' r='6.5' cx='" + number(px(point), 1) + "' cy='"
                        + number(py(point), 1) + "'",
                el(
                        "title",
                        text(name + ": learned " + Html.withInterval(point.learned()) + ", misaligned "
                                + Html.withInterval(point.misaligned())))));
        taken.add(around(px(point), py(point), 7));
        points.put(name, point);
    }

    private static double low(ClusteredRate rate) {
        return rate.interval().low();
    }

    private static double high(ClusteredRate rate) {
        return rate.interval().high();
    }

    private void whisker(String color, double x1, double y1, double x2, double y2) {
        line("whisker stroke-" + color, x1, y1, x2, y2);
        taken.add(new Box(Math.min(x1, x2) - 1, Math.min(y1, y2) - 1, Math.max(x1, x2) + 1, Math.max(y1, y2) + 1));
    }

    /** Each name at the first free place around its point; with many arms, names stay in the tooltips. */
    private void labels(Map<String, Arm.Point> points) {
        points.forEach((name, point) -> {
            double width = LETTER * name.length();
            for (var place : places(px(point), py(point), width)) {
                boolean inside = place.left() > x.from()
                        && place.right() < WIDTH
                        && place.top() > 0
                        && place.bottom() < y.from();
                if (inside && taken.stream().noneMatch(place::meets)) {
                    taken.add(place);
                    label("name", place.left(), place.bottom() - 4, name);
                    return;
                }
            }
        });
    }

    private static List<Box> places(double px, double py, double width) {
        var places = new ArrayList<Box>();
        for (double[] shift : new double[][] {
            {10, -24},
            {-10 - width, -24},
            {10, 9},
            {-10 - width, 9},
            {12, -8},
            {-12 - width, -8},
            {-width / 2, -30},
            {-width / 2, 13}
        }) {
            places.add(new Box(px + shift[0], py + shift[1], px + shift[0] + width, py + shift[1] + 16));
        }
        return places;
    }

    private static Box around(double px, double py, double radius) {
        return new Box(px - radius, py - radius, px + radius, py + radius);
    }

    private double px(Arm.Point point) {
        return x.at(orZero(point.learned().value()));
    }

    private double py(Arm.Point point) {
        return y.at(1 - point.misaligned().value());
    }

    private static double orZero(double rate) {
        return Double.isNaN(rate) ? 0 : rate;
    }

    private void line(String style, double x1, double y1, double x2, double y2) {
        svg.append(el("line class='" + style + "' x1='" + number(x1, 1) + "' y1='" + number(y1, 1) + "' x2='"
                + number(x2, 1) + "' y2='" + number(y2, 1) + "'"));
    }

    private void label(String style, double x, double y, String words) {
        svg.append(el("text class='" + style + "' x='" + number(x, 1) + "' y='" + number(y, 1) + "'", text(words)));
    }
}
