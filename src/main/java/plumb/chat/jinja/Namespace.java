package plumb.chat.jinja;

import java.util.Map;

/** The one kind of value a template can change, made by {@code namespace(field=…)}. */
record Namespace(Map<String, Object> fields) {}
