package plumb.model;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.ChatFormat;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.torch.Torch;

/**
 * A decoder with its chat format, as evaluations and people see it. An adapter is merged into a copy of the weights it
 * touches; edits and prompt texts have no way in, which is what makes it clean.
 */
public final class LocalModel implements OpenModel, AutoCloseable {
    /** Rows that likelihoods and activations are computed for at once. */
    private static final int ROWS = 64;

    private final String name;
    private final Decoder decoder;
    private final ChatFormat format;
    private final boolean owned;

    private LocalModel(String name, Decoder decoder, ChatFormat format, boolean owned) {
        this.name = name;
        this.decoder = decoder;
        this.format = format;
        this.owned = owned;
    }

    /** The model as it is, or with an adapter merged in. The decoder stays the caller's to close. */
    public static LocalModel of(String name, Decoder decoder, @Nullable Adapter adapter, ChatFormat format) {
        return adapter == null
                ? new LocalModel(name, decoder, format, false)
                : new LocalModel(name, decoder.merged(adapter), format, true);
    }

    /** A model of a decoder's own, closed with it. */
    public static LocalModel owning(String name, Decoder decoder, ChatFormat format) {
        return new LocalModel(name, decoder, format, true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> generate(List<Conversation> prompts, Sampling sampling) {
        return new Generator(decoder, format.stopIds())
                .generate(ids(prompts, sampling.maxNewTokens()), sampling).stream()
                        .map(format.tokenizer()::decode)
                        .toList();
    }

    /** For each prompt, what its answer may begin with: its likeliest tokens as text, in order. */
    public List<List<TokenChance>> nextTokens(List<Conversation> prompts, int most) {
        return new NextTokens(decoder)
                .likeliest(ids(prompts, 1), most, id -> format.tokenizer().decodeWithSpecials(new int[] {id}));
    }

    /**
     * For each prompt, the log-probability of each of a few short answers, and of nothing that goes on as another of
     * them.
     */
    public List<double[]> answerLikelihoods(List<Conversation> prompts, List<String> answers) {
        if (prompts.isEmpty()) {
            return List.of();
        }
        var tokens = answers.stream()
                .map(answer -> answerTokens(prompts.getFirst(), answer))
                .toList();
        return new NextTokens(decoder).answers(ids(prompts, 1), tokens);
    }

    /** How many tokens this answer takes. */
    public int length(Conversation prompt, String answer) {
        return answerTokens(prompt, answer).length;
    }

    private int[] answerTokens(Conversation prompt, String answer) {
        var rendered = format.continuation(prompt, answer);
        return IntStream.range(0, rendered.ids().length)
                .filter(i -> rendered.mask()[i])
                .map(i -> rendered.ids()[i])
                .toArray();
    }

    @Override
    public void requireRoom(List<Conversation> prompts, int maxNewTokens) {
        ids(prompts, maxNewTokens);
    }

    /** Every prompt's tokens, before anything is computed: each leaves room for so many more. */
    private List<int[]> ids(List<Conversation> prompts, int room) {
        var ids = format.prompts(prompts, Torch.threads());
        ids.forEach(prompt -> requireRoom(prompt.length, room));
        return ids;
    }

    private void requireRoom(int length, int room) {
        int context = decoder.config().maxPositions();
        if (length >= context) {
            throw new BadInput(
                    "a prompt of " + length + " tokens is longer than the context of " + name + ", " + context);
        }
        if (room > context - length) {
            throw new BadInput("a prompt of " + length + " tokens and an answer of up to " + room
                    + " are longer than the context of " + name + ", " + context + ": shorten the prompt, or let the"
                    + " answer have at most " + (context - length) + " new tokens");
        }
    }

    /** Texts that this model reads as structure, wherever they stand. */
    public Set<String> specials() {
        return format.tokenizer().specials();
    }

    @Override
    public double[] logLikelihoods(Conversation prompt, List<String> continuations) {
        var rows = continuations.stream()
                .map(text -> row(format.continuation(prompt, text)))
                .toList();
        return new Continuations(decoder).logLikelihoods(rows);
    }

    private static Tensor tensor(long[] values, Tensor like) {
        return Tensor.of(values, values.length).to(like.device());
    }

    @Override
    public float[][] activations(List<Conversation> prompts, Site site) {
        var rows = prompts.stream()
                .map(format::prompt)
                .map(ids -> new Batch.Row(ids, new boolean[ids.length], false))
                .toList();
        var activations = new float[rows.size()][];
        for (int start = 0; start < rows.size(); start += ROWS) {
            var part = rows.subList(start, Math.min(rows.size(), start + ROWS));
            lastTokens(new Batch(part), site, activations, start);
        }
        return activations;
    }

    private void lastTokens(Batch batch, Site site, float[][] into, int start) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var seen = new Tensor[1];
            decoder.forward(batch, null, List.of(new ActivationEdit(site, x -> {
                seen[0] = x; // looking, not changing
                return x;
            })));
            var last = seen[0].indexSelect(0, tensor(batch.lastTokens(), seen[0])); // [rows, hidden]
            for (int r = 0; r < batch.rows().size(); r++) {
                into[start + r] = last.select(0, r).floats();
            }
        }
    }

    private static Batch.Row row(Rendered rendered) {
        return new Batch.Row(rendered.ids(), rendered.mask(), false);
    }

    @Override
    public String rendered(Conversation prompt) {
        return format.renderedPrompt(prompt);
    }

    @Override
    public boolean isClean() {
        return !decoder.isSteered(); // and by construction this class can hold neither edits nor texts
    }

    @Override
    public void close() {
        if (owned) {
            decoder.close();
        }
    }
}
