/** The commands that look into a model: personas and the screening of data. */
@NullMarked
package plumb.cli.diagnosis;

import org.jspecify.annotations.NullMarked;
