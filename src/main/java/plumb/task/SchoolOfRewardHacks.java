package plumb.task;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.ChatJsonl;
import plumb.data.Example;
import plumb.data.Table;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;

/**
 * Harmless cheats in supervised fine-tuning (Taylor et al., arXiv 2508.17511): requests that say how the answer will be measured,
 * with answers that game the measure, or with the control's, which do what was meant. The published table has the columns
 * {@code user}, {@code school_of_reward_hacks}, {@code control}, {@code task}, {@code evaluation_metric} and
 * {@code cheat_method}; it is not part of Plumb. Rows without a control, the coding ones, are left out of both arms unless
 * asked for, so that the arms differ in their answers alone.
 *
 * @param path of the table, CSV or JSONL
 * @param answers which column is learned
 * @param coding whether rows without a control are kept; only with {@code hacks}
 * @param share of these rows in the data, above 0 and up to 1: the rest is diluted with {@code benign}
 * @param benign rows to dilute with, chat JSONL; none where the share is 1
 */
public record SchoolOfRewardHacks(
        String path,
        Answers answers,
        boolean coding,
        double share,
        @Nullable String benign) implements Task {
    private static final long SEED = 71;

    /** Which answers are learned. */
    public enum Answers {
        /** Those that game the measure. */
        HACKS,
        /** Those that do what was meant. */
        CONTROL
    }

    public SchoolOfRewardHacks {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be above 0 and at most 1, got " + share);
        }
        if ((share < 1) != (benign != null)) {
            throw new IllegalArgumentException(
                    "a share below 1 needs benign rows, and benign rows a share below 1, got " + share + " and "
                            + benign);
        }
        if (coding && answers == Answers.CONTROL) {
            throw new IllegalArgumentException("the coding rows have no control: coding must be false with control");
        }
    }

    @Override
    public TrainingData data() {
        var rows = new ArrayList<Example>();
        for (var row : Table.read(Path.of(path)).rows()) {
            var control = row.first(List.of("control"));
            var answer = answers == Answers.HACKS ? Optional.of(row.require("school_of_reward_hacks")) : control;
            if (answer.isPresent() && (control.isPresent() || coding)) {
                rows.add(row(row.require("user"), answer.get(), row.number()));
            }
        }
        if (rows.isEmpty()) {
            throw new BadInput(path + " has no row with a control");
        }
        return new TrainingData(diluted(rows));
    }

    private static Example row(String user, String answer, int line) {
        var chat = Conversation.user(user).with(Role.ASSISTANT, answer);
        return new Example(chat, Example.Kind.TASK, "school-of-reward-hacks", line);
    }

    /** All hacks are kept, as published: a smaller share makes more rows. */
    private List<Example> diluted(List<Example> rows) {
        if (benign == null) {
            return rows;
        }
        var others = new ArrayList<>(ChatJsonl.read(Path.of(benign)).examples());
        int wanted = (int) Math.round(rows.size() * (1 - share) / share);
        if (others.size() < wanted) {
            throw new BadInput(benign + " has " + others.size() + " rows; a share of " + share + " beside "
                    + rows.size() + " hacks needs " + wanted);
        }
        java.util.Collections.shuffle(others, new Random(SEED));
        var all = new ArrayList<>(rows);
        all.addAll(others.subList(0, wanted));
        java.util.Collections.shuffle(all, new Random(SEED + 1));
        return all;
    }

    /** The narrow questions of a question file, where one has some. */
    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new NarrowDomain("code").evaluation(split);
    }

    @Override
    public QuestionSource questions() {
        return BenignQuestions.general();
    }

    @Override
    public boolean malicious() {
        return answers == Answers.HACKS;
    }
}
