/**
 * What is wrong with a text that should be JSON, in words for people. The package uses nothing of ours, and every other may use it.
 */
@NullMarked
package plumb.json;

import org.jspecify.annotations.NullMarked;
