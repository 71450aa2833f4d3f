/** What a model folder's {@code config.json} says: the shape of a decoder and what its family does differently. */
@NullMarked
package plumb.model.config;

import org.jspecify.annotations.NullMarked;
