/**
 * How far a judge can be trusted: its decisions and scores beside labels that people, or another judge, gave to the same
 * answers. Every figure has an interval, so that two judges can be told apart or not.
 */
@org.jspecify.annotations.NullMarked
package plumb.eval.calibration;
