/** The command line: {@code plumb.cli.Main} and one class per command. */
@NullMarked
package plumb.cli;

import org.jspecify.annotations.NullMarked;
