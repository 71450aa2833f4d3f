/**
 * What an operator sees of a running service from outside. {@link plumb.service.watch.Metrics} counts what happens and shows it to a monitoring system, with nothing in it that tells one tenant from another. It decides nothing: the service runs the same when nobody looks.
 */
@NullMarked
package plumb.service.watch;

import org.jspecify.annotations.NullMarked;
