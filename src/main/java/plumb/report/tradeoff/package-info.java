/**
 * The arms of a whole sweep against each other: which are beaten by another in everything, which one to take and why, and for each pair whether they differ at all. It works on rates alone and knows no runs.
 */
@NullMarked
package plumb.report.tradeoff;

import org.jspecify.annotations.NullMarked;
