/**
 * Python tasks for real models: a program is tried in a child process that can do nothing but compute, by a test runner with
 * holes and by an honest one that never lets the program near the right answers. Where a machine cannot shut a child in,
 * nothing is run at all.
 */
@NullMarked
package plumb.task.python;

import org.jspecify.annotations.NullMarked;
