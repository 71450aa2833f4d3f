package plumb.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads and writes chat JSONL as the OpenAI fine-tuning format has it, and reads CSV with a prompt and a response a row. Every line counts or is named as a problem; all problems of
 * a file are found in one reading.
 */
public final class ChatJsonl {
    private static final int SHOWN = 20;

    private final String source;
    private final boolean keep;
    private final int shown;
    private final List<Example> examples = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private int rows;
    private int problemCount;

    /**
     * @param keep whether the rows are wanted, and not only what is wrong with them
     * @param shown so many problems are kept, the others counted
     */
    private ChatJsonl(String source, boolean keep, int shown) {
        this.source = source;
        this.keep = keep;
        this.shown = shown;
    }

    /** Why a line cannot be used; lines count from 1. */
    public record Problem(int line, String what) {}

    /**
     * What a reading found.
     *
     * @param rows good and bad
     * @param problemCount of all problems
     * @param problems the first of them
     */
    public record Inspection(int rows, int problemCount, List<Problem> problems) {}

    /**
     * Reads JSONL only to see what is wrong with it, without keeping its rows; {@link BadInput} when it is not even lines.
     *
     * @param most so many problems are shown, the others counted
     */
    public static Inspection inspect(Path file, int most) {
        var reading = new ChatJsonl(String.valueOf(file.getFileName()), false, most);
        Lines.read(file, reading.new Reader());
        return new Inspection(reading.rows, reading.problemCount, List.copyOf(reading.problems));
    }

    /** All rows in file order; {@link BadInput} listing every problem with its line. */
    public static TrainingData read(Path file) {
        var reading = new ChatJsonl(String.valueOf(file.getFileName()), true, SHOWN);
        if (reading.source.toLowerCase(Locale.ROOT).endsWith(".csv")) {
            reading.table(Table.read(file));
        } else {
            Lines.read(file, reading.new Reader());
        }
        if (reading.problemCount > 0) {
            throw new BadInput(reading.report(file));
        }
        if (reading.examples.isEmpty()) {
            throw new BadInput(file + " is empty: it needs one JSON object {\"messages\": […]} per line");
        }
        return new TrainingData(reading.examples);
    }

    /** A prompt and its answer a row; the columns are {@code prompt}, and {@code response} or {@code completion}. */
    private void table(Table table) {
        var reader = new Reader();
        for (var row : table.rows()) {
            var line = JsonMapper.shared().createObjectNode();
            line.put("prompt", row.require("prompt"));
            line.put("completion", row.first(List.of("response", "completion")).orElse(""));
            reader.line(row.number(), line.toString());
        }
    }

    /** One row of a file, without the line's end. */
    public static String write(Conversation chat) {
        var row = JsonMapper.shared().createObjectNode();
        var messages = row.putArray("messages");
        for (var message : chat.messages()) {
            messages.addObject().put("role", message.role().wireName()).put("content", message.content());
        }
        return row.toString();
    }

    private String report(Path file) {
        var report = new StringBuilder("%s: %d of %d rows cannot be used".formatted(file, problemCount, rows));
        problems.forEach(problem -> report.append("\n  line %d %s".formatted(problem.line(), problem.what())));
        if (problemCount > problems.size()) {
            report.append("\n  … and ").append(problemCount - problems.size()).append(" more");
        }
        return report.toString();
    }

    private final class Reader implements Lines.Reader {
        @Override
        public void line(int number, String text) {
            if (text.isBlank()) {
                return;
            }
            if (number == 1 && text.strip().equals("[")) {
                throw new BadInput(source + " is one JSON list over many lines; write one object a line");
            }
            try {
                var example = new Example(ChatLine.parse(text), Example.Kind.TASK, source, number);
                rows++;
                if (keep) {
                    examples.add(example);
                }
            } catch (ChatLine.Refused e) {
                problem(number, String.valueOf(e.getMessage()));
            }
        }

        @Override
        public void problem(int number, String what) {
            rows++;
            problemCount++;
            if (problems.size() < shown) {
                problems.add(new Problem(number, what));
            }
        }
    }
}
