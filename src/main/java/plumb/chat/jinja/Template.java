package plumb.chat.jinja;

import java.util.List;
import java.util.Map;

/** A parsed template. */
public final class Template {
    private final List<Node> nodes;

    private Template(List<Node> nodes) {
        this.nodes = nodes;
    }

    /** Parses a template; {@link TemplateException} names the line of what is wrong or not supported. */
    public static Template parse(String source) {
        return new Template(new TemplateParser(Segments.of(source)).template());
    }

    /**
     * Renders with these variables: strings, booleans, {@code Long}, {@code Double}, lists and maps of such.
     *
     * @param budget steps plus chars the rendering may take
     */
    public Rendering render(Map<String, Object> variables, long budget) {
        return new Renderer(new Budget(budget)).render(nodes, variables);
    }
}
