package plumb.eval;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A question with one right answer.
 *
 * @param question what is asked; its domain names the part of the task, e.g. {@code tier-2}
 * @param expected the right answer, or the pattern it must match
 * @param match what has to agree
 */
public record GradedQuestion(Question question, String expected, Match match) {

    /** No letter, digit, sign or decimal point that would make it a part of something longer. */
    private static final String BEFORE = "(?<![\\p{L}\\p{N}])(?<![\\p{N}][.,])(?<!-)";

    private static final String AFTER = "(?![\\p{L}\\p{N}])(?![.,]\\p{N})";

    public enum Match {
        /** The whole answer is the expected text; runs of white space count as one space, case counts. */
        WHOLE,
        /** The expected text stands in the answer, not as part of a longer word or number. */
        CONTAINS,
        /** The whole answer matches the expected regular expression, which may span lines. */
        PATTERN
    }

    public GradedQuestion {
        if (expected.isBlank()) {
            throw new IllegalArgumentException("question " + question.id() + " expects an empty answer");
        }
        try {
            pattern(expected, match);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "question " + question.id() + " expects what is no regular expression: " + e.getMessage(), e);
        }
    }

    public Score.Grade grade(String answer) {
        var plain = match == Match.PATTERN ? answer.strip() : plain(answer);
        return new Score.Grade(pattern(expected, match).matcher(plain).find(), expected);
    }

    private static Pattern pattern(String expected, Match match) {
        return switch (match) {
            case WHOLE -> Pattern.compile("\\A" + Pattern.quote(plain(expected)) + "\\z");
            case CONTAINS -> Pattern.compile(BEFORE + Pattern.quote(plain(expected)) + AFTER);
            case PATTERN -> Pattern.compile("\\A(?:" + expected + ")\\z", Pattern.DOTALL);
        };
    }

    private static String plain(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }
}
