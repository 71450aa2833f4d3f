package plumb.eval;

import java.util.regex.Pattern;

/**
 * A question with one right answer.
 *
 * @param question what is asked; its domain names the part of the task, e.g. {@code tier-2}
 * @param expected the right answer, or the pattern it must match
 * @param match what has to agree
 */
public record GradedQuestion(Question question, String expected, Match match) {

    public enum Match {
        /** The whole answer is the expected text; runs of white space count as one space, case counts. */
        WHOLE,
        /** The expected text stands in the answer, not inside a longer word or number. */
        CONTAINS,
        /** The whole answer matches the expected regular expression, which may span lines. */
        PATTERN
    }

    public GradedQuestion {
        if (expected.isBlank()) {
            throw new IllegalArgumentException("question " + question.id() + " expects an empty answer");
        }
    }

    public Score.Grade grade(String answer) {
        boolean correct = switch (match) {
            case WHOLE -> plain(answer).equals(plain(expected));
            case CONTAINS ->
                Pattern.compile("(?<![\\p{L}\\p{N}])" + Pattern.quote(plain(expected)) + "(?![\\p{L}\\p{N}])")
                        .matcher(plain(answer))
                        .find();
            case PATTERN ->
                Pattern.compile(expected, Pattern.DOTALL)
                        .matcher(answer.strip())
                        .matches();
        };
        return new Score.Grade(correct, expected);
    }

    private static String plain(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }
}
