package plumb.model.peft;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import plumb.chat.BadInput;

/** A module's name or a regular expression for several, as PEFT matches it. */
public final class ModulePattern {
    private final Pattern whole;
    private final Pattern end;

    private ModulePattern(Pattern whole, Pattern end) {
        this.whole = whole;
        this.end = end;
    }

    /**
     * A pattern in Python's syntax.
     *
     * @param source names it in errors, e.g. the file and the key it came from
     */
    static ModulePattern of(String text, String source) {
        var java = text.replace("(?P<", "(?<").replaceAll("\\(\\?P=(\\w+)\\)", "\\\\k<$1>");
        try {
            return new ModulePattern(Pattern.compile(java), Pattern.compile("(.*\\.)?(" + java + ")$"));
        } catch (PatternSyntaxException e) {
            throw new BadInput(
                    source + " holds '" + text + "', which is no regular expression: " + e.getDescription(), e);
        }
    }

    /** Whether it is the whole name ({@code target_modules}). */
    boolean fitsAll(String module) {
        return whole.matcher(module).matches();
    }

    /** Whether the name ends in it, after a dot or from the start ({@code rank_pattern}, {@code alpha_pattern}). */
    boolean fitsEnd(String module) {
        return end.matcher(module).lookingAt();
    }

    @Override
    public String toString() {
        return whole.pattern();
    }
}
