package plumb.worker;

import plumb.experiment.screening.RiskQuote;

/** The provider does not train on rows of such a risk. */
public final class RowsRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    RowsRefused(RiskQuote quote) {
        super(quote.risk());
    }
}
