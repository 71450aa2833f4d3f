package plumb.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Variables; what a loop body or macro sets stays in it. */
final class Scope {
    private final Optional<Scope> outer;
    private final Map<String, Object> variables = new HashMap<>();

    Scope(Optional<Scope> outer) {
        this.outer = outer;
    }

    Scope inner() {
        return new Scope(Optional.of(this));
    }

    /** The variables that every part of the template sees. */
    Scope outermost() {
        var scope = this;
        while (scope.outer.isPresent()) {
            scope = scope.outer.get();
        }
        return scope;
    }

    Object get(String name) {
        for (var scope = Optional.of(this); scope.isPresent(); scope = scope.get().outer) {
            var value = scope.get().variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return Nothing.UNDEFINED;
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }
}
