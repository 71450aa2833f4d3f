package plumb.service.store;

import tools.jackson.databind.JsonNode;

/**
 * A job's model at a step.
 *
 * @param model the name it is served under if it passed the gate
 * @param metrics numbers by name: losses, and what the gate measured
 */
public record Checkpoint(String id, String job, long createdAt, long step, String model, JsonNode metrics) {}
