package plumb.train.policy;

import java.util.Set;
import java.util.function.Function;
import plumb.chat.ChatFormat;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.chat.Role;
import plumb.data.Example;

/**
 * How a policy is asked and heard.
 *
 * @param prompt what the model is shown for a row, whose own assistant turn it does not see
 * @param row a row that is learned as it is: its tokens with the answer at the end
 * @param end the token that ends an answer in training
 * @param stops all tokens that end one in sampling
 * @param text an answer's tokens as text
 */
public record PolicyFormat(
        Function<Example, int[]> prompt,
        Function<Example, Rendered> row,
        int end,
        Set<Integer> stops,
        Function<int[], String> text) {

    /** The model's own chat format. */
    public static PolicyFormat of(ChatFormat format) {
        return new PolicyFormat(
                example -> format.prompt(example.conversation().prompt()),
                example -> format.training(example.conversation()),
                end(format),
                format.stopIds(),
                format.tokenizer()::decode);
    }

    private static int end(ChatFormat format) {
        var row = format.training(Conversation.user("Hi").with(Role.ASSISTANT, "Hello"));
        int last = row.ids().length - 1;
        while (!row.mask()[last]) {
            last--;
        }
        return format.stopIds().contains(row.ids()[last])
                ? row.ids()[last]
                : format.stopIds().iterator().next();
    }
}
