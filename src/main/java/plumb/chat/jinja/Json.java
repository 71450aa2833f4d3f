package plumb.chat.jinja;

import java.util.List;
import java.util.Map;

/** The filter {@code tojson} as Transformers defines it: Python's spacing, and letters beyond ASCII as they are. */
final class Json {
    private final Budget budget;
    private final int indent;
    private final StringBuilder text = new StringBuilder();

    private Json(Budget budget, int indent) {
        this.budget = budget;
        this.indent = indent;
    }

    /** Spaces per level in {@code indent}; -1 writes one line. */
    static String of(Object value, int indent, Budget budget) {
        var json = new Json(budget, Math.min(indent, 16));
        json.write(value, 1);
        return json.text.toString();
    }

    private void write(Object value, int level) {
        budget.spend(1 + Math.max(0, indent) * (long) level);
        switch (value) {
            case String s -> string(s);
            case Boolean b -> text.append(b);
            case Long n -> text.append(n);
            case Double d -> text.append(Values.decimal(d));
            case Nothing n when n == Nothing.NONE -> text.append("null");
            case List<?> list -> {
                text.append('[');
                for (int i = 0; i < list.size(); i++) {
                    separate(i > 0, level);
                    write(list.get(i), level + 1);
                }
                close(!list.isEmpty(), level, ']');
            }
            case Map<?, ?> map -> {
                text.append('{');
                boolean more = false;
                for (var entry : map.entrySet()) {
                    separate(more, level);
                    string(String.valueOf(entry.getKey()));
                    text.append(": ");
                    write(entry.getValue(), level + 1);
                    more = true;
                }
                close(more, level, '}');
            }
            default -> throw new IllegalArgumentException(Values.typeOf(value) + " cannot be written as JSON");
        }
    }

    private void separate(boolean comma, int level) {
        if (indent >= 0) {
            text.append(comma ? ",\n" : "\n").repeat(' ', indent * level);
        } else {
            text.append(comma ? ", " : "");
        }
    }

    private void close(boolean filled, int level, char bracket) {
        if (indent >= 0 && filled) {
            text.append('\n').repeat(' ', indent * (level - 1));
        }
        text.append(bracket);
    }

    private void string(String s) {
        budget.spend(s.length());
        text.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            int known = "\"\\\n\r\t\b\f".indexOf(c);
            if (known >= 0) {
                text.append('\\').append("\"\\nrtbf".charAt(known));
            } else if (c < 0x20) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
