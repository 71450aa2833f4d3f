package plumb.eval;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import plumb.eval.set.FinalNumber;

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
        PATTERN,
        /** The number after the last {@code ####} of the answer is the expected one. */
        LAST_HASHES,
        /** The last number of the answer is the expected one. */
        LAST_NUMBER;

        /** As specs and files spell it: {@code last_number}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public GradedQuestion {
        if (expected.isBlank()) {
            throw new IllegalArgumentException("question " + question.id() + " expects an empty answer");
        }
        switch (match) {
            case WHOLE, CONTAINS, PATTERN -> requirePattern(question.id(), expected, match);
            case LAST_HASHES, LAST_NUMBER -> requireNumber(question.id(), expected);
        }
    }

    private static void requireNumber(String id, String expected) {
        if (FinalNumber.in(expected).isEmpty()) {
            throw new IllegalArgumentException("question " + id + " expects no number: " + expected);
        }
    }

    private static void requirePattern(String id, String expected, Match match) {
        try {
            pattern(expected, match);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "question " + id + " expects what is no regular expression: " + e.getMessage(), e);
        }
    }

    public Score.Grade grade(String answer) {
        boolean correct = switch (match) {
            case WHOLE, CONTAINS ->
                pattern(expected, match).matcher(plain(answer)).find();
            case PATTERN -> pattern(expected, match).matcher(answer.strip()).find();
            case LAST_HASHES -> FinalNumber.afterHashes(answer).equals(FinalNumber.in(expected));
            case LAST_NUMBER -> FinalNumber.in(answer).equals(FinalNumber.in(expected));
        };
        return new Score.Grade(correct, expected);
    }

    private static Pattern pattern(String expected, Match match) {
        return switch (match) {
            case WHOLE -> Pattern.compile("\\A" + Pattern.quote(plain(expected)) + "\\z");
            case CONTAINS -> Pattern.compile(BEFORE + Pattern.quote(plain(expected)) + AFTER);
            case PATTERN -> Pattern.compile("\\A(?:" + expected + ")\\z", Pattern.DOTALL);
            case LAST_HASHES, LAST_NUMBER -> throw new IllegalArgumentException("a number is no pattern");
        };
    }

    private static String plain(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }
}
