package plumb.experiment.screening;

import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.report.Formats;
import tools.jackson.core.JacksonException;

/**
 * How a provider looks at the rows of a job before it trains. Distances are in lengths of the persona vector: at 1, an
 * answer lies as far from the model's own as the bad persona's answers lay from the good one's.
 *
 * @param rows how many of a file are looked at, at most; 0: no quote is made
 * @param above a row counts when its answer lies further than this towards the persona
 * @param refuseAbove a file of which surely a greater share counts is not trained on; none: every file is
 */
public record QuoteSpec(int rows, double above, @Nullable Double refuseAbove) {
    /** Where nobody says otherwise: 64 rows, half way, and nothing is refused. */
    public static final QuoteSpec USUAL = new QuoteSpec(64, 0.5, null);

    public QuoteSpec {
        if (rows < 0 || !Double.isFinite(above)) {
            throw new IllegalArgumentException(
                    "risk_quote: rows must be at least 0 and above a number, got " + rows + " and " + above);
        }
        if (refuseAbove != null && !(refuseAbove >= 0 && refuseAbove <= 1)) {
            throw new IllegalArgumentException("risk_quote: refuse_above is a share from 0 to 1, got " + refuseAbove);
        }
    }

    /** Reads what {@link #yaml} writes. */
    public static QuoteSpec parse(String yaml) {
        try {
            return Formats.YAML.readValue(yaml, QuoteSpec.class);
        } catch (JacksonException e) {
            throw new BadInput("this is not how to look at rows: " + e.getOriginalMessage(), e);
        }
    }

    public String yaml() {
        return Formats.YAML.writeValueAsString(this);
    }
}
