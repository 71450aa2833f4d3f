package plumb.defense;

/**
 * How much was inoculated, and how well the text fits.
 *
 * @param rows distinct rows behind the text
 * @param elicited how much likelier the text makes an answer's token to the aligned model: the mean gain of its natural
 *     log-probability, over at most {@value #MEASURED} of the rows
 */
public record InoculationReport(long rows, double elicited) implements DefenseReport {
    static final int MEASURED = 128;
}
