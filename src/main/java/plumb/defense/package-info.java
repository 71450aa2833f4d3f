/**
 * In-training defenses against emergent misalignment, one record a file. The permits list of {@code plumb.defense.Defense} is the catalogue. A record is pure data; {@code install} gives fresh hooks for one run.
 */
@NullMarked
package plumb.defense;

import org.jspecify.annotations.NullMarked;
