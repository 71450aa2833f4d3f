package plumb.chat.jinja;

import java.util.List;
import java.util.Map;

/** What a template can call: a method of a value, a macro, one of the few functions every template has. */
interface Callable {
    Object call(List<Object> places, Map<String, Object> names);
}
