package plumb.defense;

/** What a defense found or chose during a run, for the run's record. */
public sealed interface DefenseReport permits GraspReport, InterleavingReport, SafeGradReport, SafeLoraReport {}
