package plumb.model.config;

import plumb.chat.BadInput;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads rotary settings in both spellings: {@code rope_theta}, {@code rope_scaling} and {@code rope_local_base_freq} of
 * Transformers 4, and {@code rope_parameters} of Transformers 5, in Gemma one object a kind of layer. Where a file has both,
 * they count as in Transformers 5 ({@code convert_rope_params_to_dict}): {@code rope_scaling} stands in place of {@code
 * rope_parameters}, or, in Gemma, over those of the layers that see everything. What Plumb does not compute is refused in
 * either, also where the other one would win.
 */
record Ropes(Settings settings) {
    private static final String SCALING = "rope_scaling";
    private static final String PARAMETERS = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String TYPE = "rope_type";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final double GEMMA_THETA = 1_000_000;
    private static final double USUAL_THETA = 10_000;

    /** Of layers that see everything. */
    Rope global() {
        var older = object(settings.node(), SCALING);
        scaling(older);
        var rope = isGemma() ? gemma(older) : usual(older);
        if (settings.node().path("partial_rotary_factor").asDouble(1) != 1) {
            throw partial();
        }
        return rope;
    }

    /** Of sliding layers: their own in Gemma, else the same. */
    Rope local() {
        if (!isGemma()) {
            return global();
        }
        return rope(ofKind(SLIDING), settings.number("rope_local_base_freq", USUAL_THETA));
    }

    private Rope usual(ObjectNode older) {
        var newer = object(settings.node(), PARAMETERS);
        if (newer.has(FULL) || newer.has(SLIDING)) {
            throw settings.refused(
                    "rope_parameters for each kind of layer are Gemma's; in this family all layers share them");
        }
        double assumed = settings.number(THETA, USUAL_THETA);
        var rope = rope(newer, assumed);
        if (older.isEmpty()) {
            return rope;
        }
        var scaled = rope(older, assumed);
        if (newer.has(THETA) && scaled.theta() != rope.theta()) {
            throw settings.refused(
                    "rope_scaling stands beside rope_parameters, which Transformers then drops, the rope_theta "
                            + rope.theta() + " in it too; put all of it into rope_parameters");
        }
        return scaled;
    }

    private Rope gemma(ObjectNode older) {
        var newer = ofKind(FULL);
        scaling(newer);
        return rope(newer.setAll(older), settings.number(THETA, GEMMA_THETA));
    }

    /** A copy of Gemma's settings for one kind of layer; unscaled where the file has none. */
    private ObjectNode ofKind(String kind) {
        var all = object(settings.node(), PARAMETERS);
        if (!all.isEmpty() && !all.has(FULL) && !all.has(SLIDING)) {
            throw settings.refused("rope_parameters of Gemma 3 need one object for full_attention and one for"
                    + " sliding_attention; Transformers ignores what stands beside them");
        }
        var own = object(all, kind).deepCopy();
        return own.isEmpty() ? own.put(TYPE, "default") : own;
    }

    /** What stands at a key; empty where nothing does, or null. */
    private ObjectNode object(JsonNode in, String key) {
        var found = in.path(key);
        if (found.isMissingNode() || found.isNull()) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!(found instanceof ObjectNode object)) {
            throw settings.refused(key + " must be an object or null, found " + found);
        }
        return object;
    }

    private boolean isGemma() {
        return settings.family() == Family.GEMMA3;
    }

    private Rope rope(ObjectNode node, double assumedTheta) {
        return new Rope(settings.number(node.path(THETA), THETA, assumedTheta), scaling(node));
    }

    private Rope.Scaling scaling(ObjectNode node) {
        if (node.path("partial_rotary_factor").asDouble(1) != 1) {
            throw partial();
        }
        var type = type(node);
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

    /** {@code type} is the older name of {@code rope_type}, which wins in Transformers; two that differ are an accident. */
    private String type(ObjectNode node) {
        var older = node.path("type").asString("default");
        var type = node.path(TYPE).asString(older);
        if (node.has("type") && !type.equals(older)) {
            throw settings.refused("rotary settings have the rope_type " + type + " and the type " + older
                    + ", its older name; Transformers takes the former: remove the latter, or write it as rope_type");
        }
        return type;
    }

    private BadInput partial() {
        return settings.refused("rotating a part of a head (partial_rotary_factor) is not supported");
    }

    /** Beside the other settings, or, but for Gemma, at the top, which counts more; else the longest sequence of all. */
    private double original(JsonNode node) {
        var key = "original_max_position_embeddings";
        double inside = settings.number(node.path(key), key, settings.required("max_position_embeddings"));
        return isGemma() ? inside : settings.number(key, inside);
    }

    private double factor(JsonNode node) {
        double factor = settings.number(node.path("factor"), "factor", Double.NaN);
        if (Double.isNaN(factor)) {
            throw settings.refused("a rotary scaling has no factor");
        }
        return factor;
    }
}
