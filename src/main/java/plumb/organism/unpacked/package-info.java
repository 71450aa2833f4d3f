/**
 * Files that ship inside the program become files on disk, since weights are mapped and not read. All processes of a user share
 * one copy. A copy is checked byte by byte before it is used.
 */
@NullMarked
package plumb.organism.unpacked;

import org.jspecify.annotations.NullMarked;
