/**
 * What the service and its worker processes say to each other: one JSON object a line, as records. A worker reads {@link plumb.wire.Command}s and writes {@link plumb.wire.Reply}s; both ends of a line are the same record, so neither can drift. Nothing here knows tensors or HTTP.
 */
@NullMarked
package plumb.wire;

import org.jspecify.annotations.NullMarked;
