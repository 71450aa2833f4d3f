/**
 * Statistics of rates measured on few questions and few seeds: intervals that know that answers to one question are alike, comparisons that can also say "no effect", and how small an effect a sample could have shown. Nothing here knows what is measured.
 */
@NullMarked
package plumb.statistics;

import org.jspecify.annotations.NullMarked;
