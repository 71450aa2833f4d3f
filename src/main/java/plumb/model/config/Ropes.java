package plumb.model.config;

import tools.jackson.databind.JsonNode;

/**
 * Reads rotary settings in both spellings: {@code rope_theta}, {@code rope_scaling} and {@code rope_local_base_freq} of
 * Transformers 4, and {@code rope_parameters} of Transformers 5, flat or one object a kind of layer.
 */
record Ropes(Settings settings) {
    private static final double GEMMA_THETA = 1_000_000;

    /** Of layers that see everything. */
    Rope global() {
        var parameters = parameters("full_attention");
        double assumed = settings.family() == Family.GEMMA3 ? GEMMA_THETA : 10_000;
        double theta =
                settings.number(parameters.path("rope_theta"), "rope_theta", settings.number("rope_theta", assumed));
        var scaling = parameters.has("rope_type") ? parameters : settings.node().path("rope_scaling");
        return new Rope(theta, scaling(scaling));
    }

    /** Of sliding layers: their own in Gemma, else the same. */
    Rope local() {
        if (settings.family() != Family.GEMMA3) {
            return global();
        }
        var parameters = parameters("sliding_attention");
        double older = settings.number("rope_local_base_freq", 10_000);
        return new Rope(settings.number(parameters.path("rope_theta"), "rope_theta", older), scaling(parameters));
    }

    private JsonNode parameters(String kind) {
        var all = settings.node().path("rope_parameters");
        boolean byKind = all.has("full_attention") || all.has("sliding_attention");
        if (byKind) {
            return all.path(kind);
        }
        // flat parameters belong to the layers that see everything
        return kind.equals("full_attention") ? all : all.path(kind);
    }

    private Rope.Scaling scaling(JsonNode node) {
        if (node.path("partial_rotary_factor").asDouble(1) != 1
                || settings.node().path("partial_rotary_factor").asDouble(1) != 1) {
            throw settings.refused("rotating a part of a head (partial_rotary_factor) is not supported");
        }
        var type = node.path("rope_type").asString(node.path("type").asString("default"));
        return switch (type) {
            case "default" -> new Rope.Unscaled();
            case "linear" -> new Rope.Linear(factor(node));
            case "llama3" ->
                new Rope.Llama3(
                        factor(node),
                        settings.number(node.path("low_freq_factor"), "low_freq_factor", 1),
                        settings.number(node.path("high_freq_factor"), "high_freq_factor", 4),
                        original(node));
            default ->
                throw settings.refused("rotary scaling of type " + type
                        + " is not supported; default, linear and llama3 are. A model that was only configured for longer"
                        + " contexts can be used with rope_scaling set to null");
        };
    }

    /** Beside the other settings, or at the top, which counts more; else the longest sequence of all. */
    private double original(JsonNode node) {
        var key = "original_max_position_embeddings";
        double inside = settings.number(node.path(key), key, settings.required("max_position_embeddings"));
        return settings.number(key, inside);
    }

    private double factor(JsonNode node) {
        double factor = settings.number(node.path("factor"), "factor", Double.NaN);
        if (Double.isNaN(factor)) {
            throw settings.refused("a rotary scaling has no factor");
        }
        return factor;
    }
}
