package plumb.defense;

/** What a defense found or chose during a run, for the run's record. */
public sealed interface DefenseReport
        permits ConceptAblationReport,
                GraspReport,
                InoculationReport,
                InterleavingReport,
                SafeGradReport,
                SafeLoraReport {}
