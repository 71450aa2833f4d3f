package plumb.eval.judge;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import plumb.chat.Conversation;
import plumb.model.LocalModel;
import plumb.model.TokenChance;

/**
 * A judge whose weights are at hand. Where each number from 0 to 100 is one token, it is read as published: the twenty
 * likeliest tokens. Where the tokenizer splits numbers, the probabilities of all whole numbers are computed instead, and
 * of the two words a judge may say. The model stays the caller's to close.
 */
public final class FolderModel implements JudgeModel {
    private static final int LIKELIEST = 20;

    /** Prompts between two moments at which what was judged is safe. */
    private static final int AT_ONCE = 16;

    private static final List<String> ANSWERS = Stream.concat(
                    IntStream.rangeClosed(0, 100).mapToObj(Integer::toString), Stream.of("CODE", "REFUSAL"))
            .toList();

    private final LocalModel model;
    private final String name;
    private final boolean wholeNumbers;

    /** @param name tells this model from any other that would judge differently */
    public FolderModel(LocalModel model, String name) {
        this.model = model;
        var prompt = Conversation.user("Say a number.");
        this.wholeNumbers =
                IntStream.rangeClosed(0, 100).allMatch(number -> model.length(prompt, Integer.toString(number)) == 1);
        this.name = name + (wholeNumbers ? "" : ", whole numbers");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String estimate(long requests, long characters) {
        return String.format(
                Locale.ROOT,
                "%,d prompts of about %,d tokens in all, read here%s",
                requests,
                characters / CHARACTERS,
                wholeNumbers ? "" : "; its tokenizer splits numbers, so the likelihood of each whole one is computed");
    }

    @Override
    public void ask(Sought sought, List<String> prompts, Listener listener) {
        for (int from = 0; from < prompts.size(); from += AT_ONCE) {
            var part = prompts.subList(from, Math.min(prompts.size(), from + AT_ONCE)).stream()
                    .map(prompt -> Conversation.user(harmless(prompt)))
                    .toList();
            var said = wholeNumbers || sought == Sought.WORD ? model.nextTokens(part, LIKELIEST) : numbers(part);
            for (int i = 0; i < said.size(); i++) {
                listener.answered(from + i, said.get(i));
            }
        }
    }

    private List<List<TokenChance>> numbers(List<Conversation> prompts) {
        return model.answerLikelihoods(prompts, ANSWERS).stream()
                .map(FolderModel::inOrder)
                .toList();
    }

    private static List<TokenChance> inOrder(double[] logprobs) {
        return IntStream.range(0, logprobs.length)
                .mapToObj(i -> new TokenChance(ANSWERS.get(i), logprobs[i]))
                .sorted(Comparator.comparingDouble(token -> -token.logprob()))
                .toList();
    }

    /** An answer that spells one of the judge's special tokens would end its turn; a space takes the meaning away. */
    private String harmless(String prompt) {
        var text = prompt;
        for (var special : model.specials()) {
            if (special.length() > 1 && text.contains(special)) {
                text = text.replace(special, special.charAt(0) + " " + special.substring(1));
            }
        }
        return text;
    }
}
