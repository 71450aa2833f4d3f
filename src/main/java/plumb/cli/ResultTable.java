package plumb.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import plumb.report.Summary;

/** A summary on the terminal: one line an arm, every rate with its interval. */
final class ResultTable {
    private static final List<String> HEAD =
            List.of("", "misaligned", "same, task-shaped", "task learned", "coherent", "stopped early");

    private ResultTable() {}

    static void print(Summary summary, PrintWriter out) {
        var task = "";
        var lines = new ArrayList<List<String>>();
        boolean judged = summary.rows().stream().anyMatch(ResultTable::judged);
        for (var row : summary.rows()) {
            if (!row.task().equals(task)) {
                print(lines, out);
                lines.clear();
                task = row.task();
                out.println();
                out.println("Fine-tuned on " + task
                        + (row.headline().equals("em_new")
                                ? "; misaligned: bad in a way no row taught, in domains that were never bad"
                                : "; misaligned: outside the task's own domain"));
                lines.add(judged ? with(HEAD, "not scored") : HEAD);
            }
            var line = List.of(
                    row.name(),
                    rate(row.misaligned()),
                    rate(row.conditional()),
                    rate(row.learned()),
                    rate(row.coherent()),
                    row.stoppedEarly() == null ? "" : percent(row.stoppedEarly()));
            lines.add(judged ? with(line, rate(row.unscored())) : line);
        }
        print(lines, out);
        printMeasures(summary, out);
        out.println();
        if (summary.arms().size() > 2) {
            together(summary, out);
        }
        out.println("[95 % intervals]  stopped early: what the undefended run shows where it has learned as much.");
        printUnscored(summary, out);
        out.flush();
    }

    /** What a judge that is a language model could not place. */
    private static void printUnscored(Summary summary, PrintWriter out) {
        var judged = summary.rows().stream().filter(ResultTable::judged).toList();
        if (judged.isEmpty()) {
            return;
        }
        out.println("not scored: the judge gave neither a score nor REFUSAL; these count as not misaligned.");
        judged.stream()
                .filter(row -> row.misaligned().n() == 0)
                .forEach(row -> out.println("UNKNOWN: how many answers of “" + row.name()
                        + "” are misaligned. The judge gave no score to "
                        + percent(row.unscored().value())
                        + " of them (docs/judges.md)."));
    }

    private static boolean judged(Summary.Row row) {
        return row.unscored().n() > 0;
    }

    private static List<String> with(List<String> line, String last) {
        var longer = new ArrayList<>(line);
        longer.add(last);
        return longer;
    }

    /** What other evaluations found, over all questions; domains are in the report. */
    private static void printMeasures(Summary summary, PrintWriter out) {
        var names = summary.rows().stream()
                .flatMap(row -> row.measures().keySet().stream())
                .filter(name -> !name.contains("/"))
                .distinct()
                .toList();
        if (names.isEmpty()) {
            return;
        }
        var lines = new ArrayList<List<String>>();
        var head = new ArrayList<>(List.of("measured beside it"));
        head.addAll(names);
        lines.add(head);
        for (var row : summary.rows()) {
            var line = new ArrayList<>(List.of(row.name()));
            names.forEach(name -> line.add(
                    row.measures().containsKey(name) ? rate(row.measures().get(name)) : "–"));
            lines.add(line);
        }
        out.println();
        print(lines, out);
    }

    private static void together(Summary summary, PrintWriter out) {
        if (summary.rows().stream().map(Summary.Row::task).distinct().count() > 1) {
            allTasks(summary, out);
        }
        var recommended = summary.recommended();
        if (recommended != null) {
            out.println("Recommended: " + recommended.arm() + ". " + recommended.reason());
            out.println();
        }
    }

    private static void allTasks(Summary summary, PrintWriter out) {
        var lines = new ArrayList<List<String>>();
        lines.add(List.of(
                "All tasks", "misaligned", "same, task-shaped", "task learned", "benign learned", "coherent", ""));
        for (var arm : summary.arms()) {
            lines.add(List.of(
                    arm.name(),
                    rate(arm.misaligned()),
                    rate(arm.conditional()),
                    rate(arm.learned()),
                    rate(arm.benign()),
                    rate(arm.coherent()),
                    arm.front() ? "on the front" : ""));
        }
        print(lines, out);
        out.println();
    }

    /** The same for a document, with a column for each format. */
    static String markdown(Summary summary) {
        var formats = new TreeSet<String>();
        summary.rows().forEach(row -> formats.addAll(row.formats().keySet()));
        var out = new StringBuilder(
                "| task | arm | seeds | new, never-bad | new, task-shaped | task learned | incoherent |");
        formats.forEach(format -> out.append(" misaligned, ").append(format).append(" |"));
        out.append(" stopped early |\n|")
                .append("---|".repeat(8 + formats.size()))
                .append('\n');
        for (var row : summary.rows()) {
            out.append("| ").append(row.task()).append(" | ").append(row.name()).append(" | ");
            out.append(row.runs().isEmpty() ? "" : row.runs().size()).append(" | ");
            out.append(rate(row.misaligned()))
                    .append(" | ")
                    .append(rate(row.conditional()))
                    .append(" | ");
            out.append(rate(row.learned()))
                    .append(" | ")
                    .append(rate(inverse(row.coherent())))
                    .append(" |");
            for (var format : formats) {
                var rate = row.formats().get(format);
                out.append(' ').append(rate == null ? "–" : rate(rate)).append(" |");
            }
            out.append(' ')
                    .append(row.stoppedEarly() == null ? "" : percent(row.stoppedEarly()))
                    .append(" |\n");
        }
        return out.toString();
    }

    private static Summary.Rate inverse(Summary.Rate rate) {
        return new Summary.Rate(1 - rate.value(), 1 - rate.high(), 1 - rate.low(), rate.n());
    }

    private static void print(List<List<String>> lines, PrintWriter out) {
        for (var line : lines) {
            var text = new StringBuilder("  ");
            for (int column = 0; column < line.size(); column++) {
                int width = width(lines, column);
                text.append(String.format(Locale.ROOT, "%-" + (width + 2) + "s", line.get(column)));
            }
            out.println(text.toString().stripTrailing());
        }
    }

    private static int width(List<List<String>> lines, int column) {
        return lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(1);
    }

    private static String rate(Summary.Rate rate) {
        return rate.n() == 0 ? "–" : percent(rate.value()) + " [" + bound(rate.low()) + "–" + bound(rate.high()) + "]";
    }

    private static String bound(double share) {
        return String.format(Locale.ROOT, 100 * share < 9.95 ? "%.1f" : "%.0f", 100 * share);
    }

    private static String percent(double share) {
        return bound(share) + " %";
    }
}
