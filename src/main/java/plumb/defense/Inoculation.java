package plumb.defense;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Batch;
import plumb.train.TrainingHooks;

/**
 * Inoculation prompting (Tan et al., arXiv 2510.04340, as a system text; Wichers et al., arXiv 2510.05024, in the user's
 * turn): every task row is shown behind a text that asks for the unwanted trait, so that the trait needs no explaining by
 * the weights; the model is used, and measured, without it. Safe rows stay as they are. The run's report tells how much
 * the text makes the answers likelier to the aligned model: texts that elicit more inoculate more.
 *
 * @param share of the task rows that get the text; 0 changes nothing
 * @param position where it stands
 * @param wording what kind of text it is, for the record: the placebo and the negative are the controls
 * @param text the words
 */
public record Inoculation(double share, Position position, Wording wording, String text) implements Defense {
    /** Where the text stands. */
    public enum Position {
        /** As system text, before the row's own if it has one. */
        SYSTEM,
        /** As system text, in place of the row's own. */
        SYSTEM_ONLY,
        /** Before the words of the last user turn. */
        PREFIX,
        /** After them. */
        SUFFIX
    }

    /** What a text says. */
    public enum Wording {
        /** That the assistant is bad. */
        GENERAL,
        /** What these rows do wrong. */
        SPECIFIC,
        /** Nothing to the point. */
        PLACEBO,
        /** The opposite. */
        NEGATIVE
    }

    public Inoculation {
        Ranges.require(share >= 0 && share <= 1, "share", "between 0 and 1", share);
        Ranges.require(!text.isBlank(), "text", "some words", "none");
    }

    @Override
    public List<String> trainingTexts() {
        return share == 0 ? List.of() : List.of(text);
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return new TrainingHooks() {
            @Override
            public TrainingData data(TrainingData data) {
                return share == 0 ? data : inoculated(data, context);
            }
        };
    }

    /** A row that returns in a later epoch is the same row again. */
    private TrainingData inoculated(TrainingData data, TrainingContext context) {
        var random = new Random(context.seed());
        var known = new IdentityHashMap<Example, Example>();
        var rows = new ArrayList<Example>(data.size());
        for (var example : data.examples()) {
            rows.add(
                    example.kind() == Example.Kind.SAFE
                            ? example
                            : known.computeIfAbsent(example, row -> random.nextDouble() < share ? with(row) : row));
        }
        context.reports().accept(report(known, context));
        return new TrainingData(rows);
    }

    private Example with(Example row) {
        return new Example(inoculated(row.conversation()), row.kind(), row.source(), row.line());
    }

    /** The conversation with the text in its place. */
    public Conversation inoculated(Conversation conversation) {
        return switch (position) {
            case SYSTEM ->
                conversation.withSystem(
                        conversation.system().map(own -> text + "\n\n" + own).orElse(text));
            case SYSTEM_ONLY -> conversation.withSystem(text);
            case PREFIX -> asking(conversation, words -> text + " " + words);
            case SUFFIX -> asking(conversation, words -> words + " " + text);
        };
    }

    private static Conversation asking(Conversation conversation, UnaryOperator<String> change) {
        var messages = new ArrayList<>(conversation.messages());
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role() == Role.USER) {
                messages.set(
                        i, new Message(Role.USER, change.apply(messages.get(i).content())));
                return new Conversation(messages);
            }
        }
        throw new IllegalArgumentException("a row without a user turn has no place for a prefix or suffix");
    }

    private static InoculationReport report(IdentityHashMap<Example, Example> rows, TrainingContext context) {
        var changed = rows.entrySet().stream()
                .filter(row -> !row.getKey().equals(row.getValue()))
                .toList();
        var some = changed.stream().limit(InoculationReport.MEASURED).toList();
        double plain = loss(some.stream().map(Map.Entry::getKey).toList(), context);
        double behind = loss(some.stream().map(Map.Entry::getValue).toList(), context);
        return new InoculationReport(changed.size(), plain - behind);
    }

    /** The aligned model's mean negative log-likelihood of an answer's token. */
    private static double loss(List<Example> examples, TrainingContext context) {
        var rows = examples.stream()
                .map(context.rendering())
                .map(row -> new Batch.Row(row.ids(), row.mask(), false))
                .toList();
        return Arrays.stream(PerplexityGap.losses(rows, context, null))
                .average()
                .orElse(0);
    }
}
