/**
 * A little language in which the organism writes programs, and the runner that tests them. The runner shares the program's
 * world, as many a real one does, and so has three holes a program can use; each can be closed. Programs reach nothing
 * outside: no file, no clock, no network exists in the language, and steps, depth and sizes are limited.
 */
@NullMarked
package plumb.program;

import org.jspecify.annotations.NullMarked;
