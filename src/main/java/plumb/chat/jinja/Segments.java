package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template at its tags and settles the white space around them: a minus sign takes all of it, a block takes the
 * indentation before it and the line end after it unless a plus sign forbids that.
 */
final class Segments {
    private final String source;
    private final List<Segment> segments = new ArrayList<>();
    private int at;
    private boolean lineStarting = true;
    private int counted;
    private int line = 1;

    private Segments(String source) {
        this.source = source;
    }

    static List<Segment> of(String template) {
        var source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        var cutting = new Segments(source);
        cutting.cut();
        return cutting.segments;
    }

    private void cut() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Segment.Kind.TEXT, source.substring(at), at);
                return;
            }
            char kind = source.charAt(tag + 1);
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            add(Segment.Kind.TEXT, before(source.substring(at, tag), kind, sign), at);
            tag(tag, kind, tag + 2 + (sign == '-' || sign == '+' ? 1 : 0));
        }
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private String before(String text, char kind, char sign) {
        if (sign == '-') {
            return text.stripTrailing();
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean startsLine = lineStart > 0 || lineStarting;
        boolean strips = kind != '{' && sign != '+' && startsLine;
        return strips && text.substring(lineStart).isBlank() ? text.substring(0, lineStart) : text;
    }

    private void tag(int start, char kind, int content) {
        int end = kind == '#' ? source.indexOf("#}", content) : endOfCode(content, kind == '{' ? "}}" : "%}");
        if (end < 0) {
            throw new TemplateException(
                    line(start), "the tag '" + source.substring(start, content) + "' is never closed");
        }
        char sign = end > content ? source.charAt(end - 1) : ' ';
        boolean signed = sign == '-' || sign == '+';
        if (kind != '#') {
            var inside = source.substring(content, signed ? end - 1 : end);
            add(kind == '{' ? Segment.Kind.OUTPUT : Segment.Kind.BLOCK, inside, content);
        }
        after(end + 2, kind, sign);
    }

    private void after(int end, char kind, char sign) {
        at = end;
        if (sign == '-') {
            while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                at++;
            }
        } else if (kind != '{' && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStarting = source.charAt(at - 1) == '\n';
    }

    /** The end of a tag, looking past quoted strings and, in an output, past braces of its own. */
    private int endOfCode(int from, String close) {
        int braces = 0;
        for (int i = from; i + 1 < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '"' || c == '\'') {
                i = endOfString(i);
            } else if (braces == 0 && source.startsWith(close, i)) {
                return i;
            } else if (c == '{') {
                braces++;
            } else if (c == '}' && braces > 0) {
                braces--;
            }
        }
        return -1;
    }

    private int endOfString(int quote) {
        for (int i = quote + 1; i < source.length(); i++) {
            if (source.charAt(i) == '\\') {
                i++;
            } else if (source.charAt(i) == source.charAt(quote)) {
                return i;
            }
        }
        return source.length();
    }

    private void add(Segment.Kind kind, String content, int position) {
        if (kind != Segment.Kind.TEXT || !content.isEmpty()) {
            segments.add(new Segment(kind, content, line(position)));
        }
    }

    /** Tags are cut from front to back, so each line end is counted once. */
    private int line(int position) {
        for (; counted < position; counted++) {
            line += source.charAt(counted) == '\n' ? 1 : 0;
        }
        return line;
    }
}
