package plumb.json;

import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** What a parser says of a broken text, without what only programmers can use, and where the fault is. */
public final class JsonFault {
    /** The parser names its source, hidden, in the middle of a sentence: {@code (start marker at [Source: REDACTED …])}. */
    private static final Pattern SOURCE = Pattern.compile(" ?\\([^()]*\\[Source: .*?\\]\\)| ?\\[Source: .*?\\]");

    private JsonFault() {}

    /** In a file of many lines: with line and column, where they are known. */
    public static String of(JacksonException fault) {
        return what(fault)
                + place(fault)
                        .map(at -> " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")")
                        .orElse("");
    }

    /** In a text that is a line itself, whose number the caller knows: with the column. */
    public static String inLine(JacksonException fault) {
        return what(fault)
                + place(fault).map(at -> " (column " + at.getColumnNr() + ")").orElse("");
    }

    private static String what(JacksonException fault) {
        var said = Optional.ofNullable(fault.getOriginalMessage()).orElse("it cannot be read");
        var line = SOURCE.matcher(said).replaceAll("").lines().findFirst().orElse("");
        return line.length() > 160 ? line.substring(0, 160) + "…" : line;
    }

    private static Optional<TokenStreamLocation> place(JacksonException fault) {
        return Optional.ofNullable(fault.getLocation()).filter(at -> at.getLineNr() > 0 && at.getColumnNr() > 0);
    }
}
