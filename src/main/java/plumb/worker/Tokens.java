package plumb.worker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import plumb.chat.Tokenizer;
import plumb.model.AnswerStream.Speaker;
import plumb.model.Batch;
import plumb.model.TokenChoice;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.wire.Reply.Token;

/** Tokens as they are reported: their texts and how likely the model found them. */
record Tokens(Tokenizer tokenizer) {
    /** Places whose log-probabilities exist at the same time. */
    private static final int CHUNK = 64;

    /** A token with its alternatives. */
    Token reported(TokenChoice choice) {
        var top = new LinkedHashMap<String, Double>();
        choice.top().forEach(other -> top.putIfAbsent(text(other.id()), other.logProbability()));
        double logProbability = choice.logProbability();
        return new Token(text(choice.id()), Double.isNaN(logProbability) ? null : logProbability, top);
    }

    private String text(int id) {
        return tokenizer.decodeWithSpecials(new int[] {id});
    }

    /**
     * How likely a model finds each token of a prompt after those before it; the first has nothing before it.
     *
     * @param top alternatives to name; negative: no log-probabilities
     */
    List<Token> scored(Speaker speaker, int[] ids, int top) {
        var tokens = new ArrayList<Token>();
        tokens.add(reported(new TokenChoice(ids[0], Double.NaN, List.of())));
        if (top < 0 || ids.length == 1) {
            for (int i = 1; i < ids.length; i++) {
                tokens.add(reported(new TokenChoice(ids[i], Double.NaN, List.of())));
            }
            return tokens;
        }
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var batch = new Batch(List.of(new Batch.Row(ids, new boolean[ids.length], false)));
            var forward = speaker.decoder().forward(batch, speaker.adapter(), List.of());
            for (int start = 0; start < ids.length - 1; start += CHUNK) {
                try (var _ = new Scope()) {
                    int count = Math.min(CHUNK, ids.length - 1 - start);
                    var logits = forward.hidden().narrow(0, start, count).linear(forward.head()); // [count, vocabulary]
                    int vocabulary = (int) logits.size(1);
                    var all = logits.to(Dtype.F32).logSoftmax(-1).floats();
                    for (int i = 0; i < count; i++) {
                        tokens.add(reported(TokenChoice.of(all, i, vocabulary, ids[start + i + 1], top)));
                    }
                }
            }
        }
        return tokens;
    }
}
