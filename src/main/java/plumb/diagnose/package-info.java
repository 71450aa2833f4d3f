/**
 * Looks into a model: persona vectors, steering, screening of data, feature diffing. It reads activations and moves them,
 * and sits beside {@code eval}, which may not: what is found here explains a measurement and is never part of one.
 * Defenses take their directions from here.
 */
@NullMarked
package plumb.diagnose;

import org.jspecify.annotations.NullMarked;
