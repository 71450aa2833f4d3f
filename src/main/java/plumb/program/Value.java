package plumb.program;

import java.util.Map;
import plumb.program.Expression.Definition;

/** What an expression comes to. */
sealed interface Value {
    record Whole(long number) implements Value {}

    record Truth(boolean holds) implements Value {}

    record Thing(Map<String, Definition> methods) implements Value {}
}
