/**
 * Published question sets that need no judge, as their files have them. Nothing here knows a model or a score; the evaluations ask what is read here. Where a set is cut short, the same rows are asked of every model.
 */
@NullMarked
package plumb.eval.set;

import org.jspecify.annotations.NullMarked;
