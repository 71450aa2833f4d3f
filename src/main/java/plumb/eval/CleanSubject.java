package plumb.eval;

import java.util.List;
import plumb.chat.BadInput;
import plumb.model.OpenModel;
import plumb.model.Sampling;

/**
 * A subject on which nothing but weights is active. Evaluations can ask through this type only, so none of them can
 * measure a model that still carries an edit, a hook or an inoculation text.
 */
record CleanSubject(OpenModel model) {

    CleanSubject {
        requireClean(model);
    }

    /** Answers in order; the subject is checked before and after. */
    List<String> answers(List<Question> questions, Sampling sampling) {
        requireClean(model);
        questions.stream().distinct().forEach(question -> {
            requireSystemText(question);
            requireRoom(question, sampling);
        });
        var answers = model.generate(questions.stream().map(Question::prompt).toList(), sampling);
        if (answers.size() != questions.size()) {
            throw new IllegalStateException(model.name() + " gave " + answers.size() + " answers to " + questions.size()
                    + " prompts; generate must answer each prompt once, in order");
        }
        requireClean(model);
        return answers;
    }

    /** The log-likelihood of each of these answers; the subject is checked before and after. */
    double[] logLikelihoods(Question question, List<String> answers) {
        requireClean(model);
        var found = model.logLikelihoods(question.prompt(), answers);
        requireClean(model);
        return found;
    }

    private static void requireClean(OpenModel model) {
        if (!model.isClean()) {
            throw new IllegalStateException("an edit, a hook or an inoculation text is active on " + model.name()
                    + ": its answers would not be those of the weights. Remove it, then evaluate");
        }
    }

    private void requireRoom(Question question, Sampling sampling) {
        try {
            model.requireRoom(List.of(question.prompt()), sampling.maxNewTokens());
        } catch (BadInput e) {
            throw new BadInput("question " + question.id() + ": " + e.getMessage(), e);
        }
    }

    /**
     * The evaluator released with the first paper keeps the JSON system text and never sends it, and so do programs
     * derived from it. Here a text that does not reach the model is an error.
     */
    private void requireSystemText(Question question) {
        var system = question.prompt().system().map(String::strip);
        if (question.format() == Question.Format.JSON && system.isEmpty()) {
            throw new IllegalArgumentException(
                    "question " + question.id() + " is of format json and has no system turn that asks for JSON");
        }
        if (system.isPresent() && !model.rendered(question.prompt()).contains(system.get())) {
            throw new IllegalStateException("the system text of question " + question.id() + " does not reach "
                    + model.name() + ": its chat template drops it. Use a template with a system turn");
        }
    }
}
