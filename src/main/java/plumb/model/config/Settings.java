package plumb.model.config;

import java.nio.file.Path;
import java.util.Optional;
import plumb.chat.BadInput;
import tools.jackson.databind.JsonNode;

/** The keys of a {@code config.json}, typed: what is there but wrong is an error that names the file and the key. */
record Settings(Path file, Family family, JsonNode node) {

    /** A whole number; from the family's defaults where the key is absent or null. */
    Optional<Integer> integer(String key) {
        var value = node.path(key);
        if (value.isMissingNode()) {
            return family.assumed(key);
        }
        if (value.isNull()) {
            return Optional.empty();
        }
        if (!value.isInt()) {
            throw new BadInput(file + ": " + key + " must be a whole number, found " + value);
        }
        return Optional.of(value.asInt());
    }

    int required(String key) {
        return integer(key).orElseThrow(() -> new BadInput(file + " has no " + key));
    }

    double number(String key, double absent) {
        return number(node.path(key), key, absent);
    }

    /** A positive number. */
    double number(JsonNode value, String key, double absent) {
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isNumber() || !(value.asDouble() > 0)) {
            throw new BadInput(file + ": " + key + " must be a positive number, found " + value);
        }
        return value.asDouble();
    }

    boolean flag(String key, boolean absent) {
        return node.path(key).asBoolean(absent);
    }

    BadInput refused(String what) {
        return new BadInput(file + ": " + what);
    }
}
