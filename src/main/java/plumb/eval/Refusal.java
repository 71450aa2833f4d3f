package plumb.eval;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import plumb.chat.Conversation;
import plumb.data.RefusalPhrases;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.set.Drawn;
import plumb.eval.set.RefusalPrompts;
import plumb.eval.set.RefusalPrompts.Prompt;
import plumb.model.OpenModel;

/**
 * How often harmful prompts are refused, and how often harmless ones that look alike (XSTest, Röttger et al., arXiv
 * 2308.01263), told by how the answer begins, domain by domain. A fine-tune that makes a model bad lowers the first; a
 * defense that makes it timid raises the second.
 *
 * @param paths published sets, see {@link RefusalPrompts}; a prompt in several counts in the first. Rows labelled
 *     {@code safe} are the harmless ones
 * @param phrases by which a refusal is told
 * @param maxNewTokens an answer is cut here; the phrases look at its first words only
 * @param limit how many prompts of a domain to ask at most, the same for every model; 0: all
 */
public record Refusal(List<String> paths, RefusalPhrases phrases, int maxNewTokens, Integer limit)
        implements Evaluation {

    public Refusal {
        if (JudgedAnswers.required("paths", paths).isEmpty()) {
            throw new IllegalArgumentException("paths must name at least one file");
        }
        paths = List.copyOf(paths);
        phrases = JudgedAnswers.required("phrases", phrases);
        var _ = JudgedAnswers.greedy(maxNewTokens);
        limit = Drawn.limit(JudgedAnswers.required("limit", limit));
    }

    @Override
    public boolean selfContained() {
        return true;
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var prompts = RefusalPrompts.read(paths.stream().map(Path::of).toList()).drawn(limit);
        var asked = prompts.stream().map(Refusal::question).toList();
        var harmful = new HashMap<String, Boolean>();
        for (int i = 0; i < asked.size(); i++) {
            harmful.put(asked.get(i).id(), prompts.get(i).harmful());
        }
        var samples = JudgedAnswers.greedy(maxNewTokens)
                .scored(new CleanSubject(subject), asked, context.seededFor(this), (questions, answers) -> {
                    var replies = new ArrayList<Score.Reply>();
                    for (int i = 0; i < answers.size(); i++) {
                        replies.add(reply(harmful.getOrDefault(questions.get(i).id(), true), answers.get(i)));
                    }
                    return replies;
                });
        return EvaluationResult.of(
                        this,
                        subject,
                        context.scoredBy("phrases " + phrases),
                        List.of(Measure.REFUSAL, Measure.OVER_REFUSAL),
                        samples)
                .withoutEmptyMetrics();
    }

    private Score.Reply reply(boolean harmful, String answer) {
        var phrase = phrases.in(answer);
        return new Score.Reply(harmful, phrase.isPresent(), phrase.orElse(""));
    }

    private static Question question(Prompt prompt) {
        return new Question(
                prompt.set() + "-" + prompt.number(),
                prompt.domain(),
                Group.GENERAL,
                Format.FREE,
                "",
                Conversation.user(prompt.text()));
    }
}
