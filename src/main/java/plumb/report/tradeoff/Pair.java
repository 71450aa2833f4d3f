package plumb.report.tradeoff;

import plumb.statistics.Comparison;

/**
 * Two arms in one respect.
 *
 * @param comparison second minus first, and whether that is an effect
 */
public record Pair(String first, String second, Criterion criterion, Comparison comparison) {}
