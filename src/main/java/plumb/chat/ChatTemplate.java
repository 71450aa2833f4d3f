package plumb.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import plumb.chat.jinja.Rendering;
import plumb.chat.jinja.Template;
import plumb.chat.jinja.TemplateException;

/** How a model wants conversations written: a Jinja template with the model's special tokens at hand. */
public final class ChatTemplate {
    private static final long LEAST_BUDGET = 10_000_000;
    private static final long BUDGET_PER_CHAR = 200;

    private final Template template;
    private final String source;
    private final Map<String, Object> variables;

    private ChatTemplate(Template template, String source, Map<String, Object> variables) {
        this.template = template;
        this.source = source;
        this.variables = variables;
    }

    /**
     * Parses a template.
     *
     * @param text the Jinja text
     * @param source names it in errors, e.g. the file it came from
     * @param specialTokens what the template may refer to, e.g. {@code bos_token}
     */
    public static ChatTemplate of(String text, String source, Map<String, String> specialTokens) {
        try {
            return new ChatTemplate(Template.parse(text), source, new LinkedHashMap<>(specialTokens));
        } catch (TemplateException e) {
            throw new BadInput("the chat template " + source + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** The conversation as text, with the opening of an assistant turn at its end if one is asked for. */
    public Rendering render(List<Message> messages, boolean addGenerationPrompt) {
        var all = new LinkedHashMap<>(variables);
        all.put("messages", messages.stream().map(ChatTemplate::variable).toList());
        all.put("add_generation_prompt", addGenerationPrompt);
        long chars = messages.stream().mapToLong(m -> m.content().length()).sum();
        try {
            return template.render(all, LEAST_BUDGET + BUDGET_PER_CHAR * chars);
        } catch (TemplateException e) {
            throw new BadInput(
                    "the chat template " + source + " does not render this conversation: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> variable(Message message) {
        var variable = new LinkedHashMap<String, Object>();
        variable.put("role", message.role().wireName());
        variable.put("content", message.content());
        return variable;
    }
}
