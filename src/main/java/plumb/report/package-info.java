/**
 * Run directories, and the page people look at. A page is made from run directories alone, one or many, so it can be made again, and old runs can be compared with new ones. Figures are counted from the kept samples, pooled over seeds with questions as clusters.
 */
@NullMarked
package plumb.report;

import org.jspecify.annotations.NullMarked;
