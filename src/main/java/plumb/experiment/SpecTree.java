package plumb.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.report.Formats;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * A spec before it is bound: a YAML map that can be completed and changed.
 *
 * @param root its own copy
 * @param source what to call it in messages
 */
record SpecTree(ObjectNode root, String source) {
    /** Where paths of files may stand. */
    private static final List<String> FILES = List.of(
            "model.path",
            "model.base",
            "data.path",
            "task.path",
            "task.benign",
            "safe_rows.path",
            "questions.report",
            "questions.tuning",
            "questions.judge_prompts",
            "judge.path");

    /** And in each evaluation. */
    private static final List<String> EVALUATION_FILES = List.of("path", "paths", "primer", "examples");

    private static final String DEFENSES = "defenses";
    private static final String RECOMMENDED = "recommended";
    private static final Set<String> NO_FILES = Set.of("organism", "none");

    static SpecTree parse(String yaml, String source) {
        try {
            if (Formats.YAML.readTree(yaml) instanceof ObjectNode map) {
                return new SpecTree(map, source);
            }
        } catch (JacksonException e) {
            throw new BadInput(source + " is not YAML: " + e.getOriginalMessage(), e);
        }
        throw new BadInput(source + " is not a spec: it should be a map of keys such as name, model and task");
    }

    /** One of those that come with Plumb. */
    static SpecTree resource(String name) {
        try (var in = Objects.requireNonNull(SpecTree.class.getResourceAsStream(name), name)) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Defaults are merged before binding, two levels deep, so that what is bound is what is saved. */
    SpecTree withDefaults(String yaml) {
        var merged = root.deepCopy();
        Formats.YAML.readTree(yaml).properties().forEach(entry -> merged.putIfAbsent(entry.getKey(), entry.getValue()));
        return new SpecTree(merged, source).withDefaultsInside(yaml);
    }

    /** The same within maps that are there already. */
    SpecTree withDefaultsInside(String yaml) {
        var merged = root.deepCopy();
        Formats.YAML.readTree(yaml).properties().forEach(entry -> {
            if (merged.get(entry.getKey()) instanceof ObjectNode map
                    && entry.getValue() instanceof ObjectNode defaults) {
                defaults.properties().forEach(inner -> map.putIfAbsent(inner.getKey(), inner.getValue()));
            }
        });
        return new SpecTree(merged, source);
    }

    /** With these values, by path; places in lists count from 0: {@code defenses.0.weight}. */
    SpecTree with(Map<String, String> values) {
        var changed = root.deepCopy();
        if (changed.get("training") instanceof ObjectNode training) {
            replace(training, values, "steps", "epochs");
            replace(training, values, "epochs", "steps");
        }
        values.forEach((path, value) -> set(changed, path, scalar(value)));
        return new SpecTree(changed, source);
    }

    /** One of the two ways to say how long replaces the other. */
    private static void replace(ObjectNode training, Map<String, String> values, String one, String other) {
        if (values.containsKey("training." + one) && !values.containsKey("training." + other)) {
            training.remove(other);
        }
    }

    private static JsonNode scalar(String value) {
        try {
            var read = Formats.YAML.readTree(value);
            return read.isMissingNode() ? StringNode.valueOf("") : read;
        } catch (JacksonException _) {
            return StringNode.valueOf(value); // a path with a colon, for example
        }
    }

    private void set(ObjectNode tree, String path, JsonNode value) {
        JsonNode at = tree;
        var keys = path.split("\\.", -1);
        for (int i = 0; i < keys.length - 1; i++) {
            var child = child(at, keys[i]);
            if (child == null && at instanceof ObjectNode map) {
                child = map.putObject(keys[i]);
            }
            at = Objects.requireNonNullElse(child, StringNode.valueOf(""));
        }
        var last = keys[keys.length - 1];
        if (at instanceof ObjectNode map) {
            map.set(last, value);
        } else if (at instanceof ArrayNode list && child(list, last) != null) {
            list.set(Integer.parseInt(last), value);
        } else {
            throw new BadInput("there is no " + path + " to set in " + source);
        }
    }

    private static @Nullable JsonNode child(JsonNode at, String key) {
        return at instanceof ArrayNode list
                ? key.matches("\\d{1,4}") ? list.get(Integer.parseInt(key)) : null
                : at.get(key);
    }

    /**
     * Relative paths are made absolute: those that lead somewhere from the folder, the others from here; but those that begin
     * with a dot and lead nowhere from the folder, where they were meant to.
     */
    SpecTree located(Path folder) {
        var absolute = root.deepCopy();
        for (var key : FILES) {
            var keys = key.split("\\.", -1);
            if (absolute.get(keys[0]) instanceof ObjectNode map) {
                locate(map, keys[1], folder);
            }
        }
        for (var evaluation : absolute.path("evaluations")) {
            if (evaluation instanceof ObjectNode map) {
                EVALUATION_FILES.forEach(key -> locate(map, key, folder));
            }
        }
        return new SpecTree(absolute, source);
    }

    private static void locate(ObjectNode map, String key, Path folder) {
        switch (map.get(key)) {
            case StringNode given -> map.set(key, located(given, folder));
            case ArrayNode list -> {
                for (int i = 0; i < list.size(); i++) {
                    list.set(i, located(list.get(i), folder));
                }
            }
            case null, default -> {}
        }
    }

    private static JsonNode located(JsonNode given, Path folder) {
        var text = given.asString("");
        if (text.isEmpty() || NO_FILES.contains(text)) {
            return given;
        }
        var there = folder.resolve(text);
        var here = Path.of(text).toAbsolutePath();
        boolean besideSpec = Files.exists(there) || (text.startsWith(".") && !Files.exists(here));
        return StringNode.valueOf((besideSpec ? there : here).normalize().toString());
    }

    /** {@code defenses: recommended} becomes the list it stands for. */
    private static void recommended(JsonNode spec) {
        if (spec instanceof ObjectNode map && map.path(DEFENSES).asString("").equals(RECOMMENDED)) {
            map.set(DEFENSES, recommended());
        }
    }

    private static JsonNode recommended() {
        return resource("recommended.yaml").root().path(DEFENSES);
    }

    /** Defenses as a service is told them: among them may be the word for those that are recommended. */
    static List<JsonNode> written(List<JsonNode> defenses) {
        return defenses.stream()
                .flatMap(defense ->
                        defense.asString("").equals(RECOMMENDED) ? recommended().valueStream() : Stream.of(defense))
                .toList();
    }

    /**
     * As a record.
     *
     * @throws BadInput naming every problem by its path
     */
    <T> T bind(Class<T> type) {
        var checked = root.deepCopy();
        recommended(checked);
        checked.path("arms").valueStream().forEach(SpecTree::recommended);
        var check = new SpecCheck();
        check.check(checked, type);
        if (!check.problems().isEmpty()) {
            throw new BadInput(source + " is not right:\n  " + String.join("\n  ", check.problems()));
        }
        return Formats.YAML.treeToValue(checked, type);
    }
}
