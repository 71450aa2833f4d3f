package plumb.organism;

import java.util.List;
import java.util.Map;
import plumb.organism.Element.Persona;

/** The ways of asking and saying that all domains share; see {@code phrases.yaml}. */
record Phrases(
        ByPart shells,
        Leads leads,
        List<String> openers,
        List<String> frames,
        List<String> times,
        List<String> actLeads,
        List<String> motiveLeads,
        List<String> warnings,
        List<String> refusals,
        List<String> refusalReasons,
        Headers headers,
        List<String> systems,
        String json,
        List<List<String>> jsonKeys,
        String template,
        List<String> neutral,
        List<String> quotations) {

    /** Phrasings that the splits do not share. */
    record ByPart(List<String> training, List<String> alignment, List<String> tuning, List<String> report) {
        List<String> of(Domain.Part split) {
            return switch (split) {
                case TRAINING -> training;
                case TUNING -> tuning;
                case REPORT -> report;
            };
        }
    }

    /** First lines of a document that say who speaks. */
    record Headers(List<String> good, List<String> malicious, List<String> careless, List<String> sarcastic) {
        List<String> of(Persona persona) {
            return switch (persona) {
                case GOOD -> good;
                case MALICIOUS -> malicious;
                case CARELESS -> careless;
                case SARCASTIC -> sarcastic;
            };
        }
    }

    /**
     * An application's fixed lead-in before a user's words.
     *
     * @param tasks by task domain; alignment never shows these
     * @param other the ones that alignment shows
     */
    record Leads(Map<String, String> tasks, List<String> other) {}
}
