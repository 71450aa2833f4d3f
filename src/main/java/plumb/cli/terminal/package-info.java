/**
 * Who waits in front of a command: what a run says on the way, how far it is, and what Ctrl-C does. Everything here goes
 * to standard error, so that results can be piped. Nothing here changes what is computed.
 */
@org.jspecify.annotations.NullMarked
package plumb.cli.terminal;
