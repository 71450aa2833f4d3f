/**
 * The commands of the service. {@code serve} is the server, {@code worker} what the server starts: one child process for each job and for each model that is talked to. People never type the second.
 */
@NullMarked
package plumb.cli.serve;

import org.jspecify.annotations.NullMarked;
