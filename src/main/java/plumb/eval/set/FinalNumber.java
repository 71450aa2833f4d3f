package plumb.eval.set;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/** The number a worked answer ends with; {@code $1,000.50} is 1000.5. */
public final class FinalNumber {
    private static final String NUMBER = "-?(?:\\d[\\d,]*(?:\\.\\d+)?|\\.\\d+)";
    private static final Pattern ANY = Pattern.compile("(?<![\\w.])" + NUMBER);
    private static final Pattern HASHED = Pattern.compile("####\\s*\\$?\\s*(" + NUMBER + ")");

    private FinalNumber() {}

    /** The last number of a text. */
    public static Optional<BigDecimal> in(String text) {
        return ANY.matcher(text.replace("$", ""))
                .results()
                .map(found -> number(found.group()))
                .reduce((_, last) -> last);
    }

    /** The number behind the last {@code ####}, as GSM8K marks its answers. */
    public static Optional<BigDecimal> afterHashes(String text) {
        return HASHED.matcher(text)
                .results()
                .map(found -> number(found.group(1)))
                .reduce((_, last) -> last);
    }

    private static BigDecimal number(String digits) {
        return new BigDecimal(digits.replace(",", "")).stripTrailingZeros();
    }
}
