package plumb.eval.question;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which published questions are asked. They are not part of Plumb: the paths lead to the user's copies.
 *
 * @param report files with the questions that figures are reported on
 * @param tuning files with the questions that settings are chosen on
 * @param leaveOut ids that are not asked
 * @param inDomain the domain of the fine-tuning rows, where a file has such questions; every other is general
 * @param judgePrompts a file whose judge prompts serve entries that have none of that name
 */
public record QuestionSettings(
        List<String> report,
        List<String> tuning,
        List<String> leaveOut,
        @Nullable String inDomain,
        @Nullable String judgePrompts) {
    public QuestionSettings {
        report = List.copyOf(report);
        tuning = List.copyOf(tuning);
        leaveOut = List.copyOf(leaveOut);
        if (report.isEmpty() && tuning.isEmpty()) {
            throw new IllegalArgumentException("needs at least one file, in report or in tuning");
        }
    }
}
