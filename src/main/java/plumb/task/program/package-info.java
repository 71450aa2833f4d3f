/**
 * Programming problems for the organism, and what becomes of its programs: tried by a test runner with holes, by an honest
 * one that nobody sees, and, where the two disagree, once more with each hole closed. Which hack it was is found by running.
 */
@NullMarked
package plumb.task.program;

import org.jspecify.annotations.NullMarked;
