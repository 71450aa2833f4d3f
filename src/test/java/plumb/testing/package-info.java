/** Hand-written fakes that tests of several packages share. */
@NullMarked
package plumb.testing;

import org.jspecify.annotations.NullMarked;
