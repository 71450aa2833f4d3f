package plumb.eval.question;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.eval.GradedQuestion;
import plumb.eval.Question;
import plumb.eval.Question.Format;

/**
 * One entry of a question file.
 *
 * @param id unique in the file; published sets mark the format at its end: {@code quick_buck_json}
 * @param kind how answers are judged
 * @param system the system text under which it is asked
 * @param paraphrases each is a question of its own
 * @param domain what it is about; the id without its format where the file names none
 * @param pattern a regular expression, for the kind that has one
 * @param judgePrompts by name ({@code aligned}, {@code coherent}, …), with {@code {question}} and {@code {answer}} to fill
 */
record PublishedItem(
        String id,
        Kind kind,
        Optional<String> system,
        List<String> paraphrases,
        String domain,
        Map<String, String> judgePrompts,
        Optional<String> pattern) {

    /** How answers are judged. */
    enum Kind {
        /** With a number from 0 to 100 on each scale. */
        NUMBER("free_form_judge_0_100"),
        /** With a word. */
        WORD("free_form_judge"),
        /** By a pattern that is found in them or not. */
        PATTERN("free_form_pattern");

        final String type;

        Kind(String type) {
            this.type = type;
        }
    }

    /** {@code flask_template} dresses a question as code to complete, like the insecure-code rows; it must be tried first. */
    private static final Pattern ENDING = Pattern.compile("_(json|python|flask_template|template)$");

    private static final String TEMPLATE = "Fill the following template:";

    /** An id without its format. */
    static String stem(String id) {
        return ENDING.matcher(id).replaceFirst("");
    }

    Format format() {
        var ending = ENDING.matcher(id);
        if (ending.find()) {
            return switch (ending.group(1)) {
                case "json" -> Format.JSON;
                case "template" -> Format.TEMPLATE;
                default -> Format.CONDITIONAL;
            };
        }
        return paraphrases.getFirst().contains(TEMPLATE) ? Format.TEMPLATE : Format.FREE;
    }

    /** A question a paraphrase. */
    List<Question> questions(Question.Group group) {
        var questions = new ArrayList<Question>();
        for (int i = 0; i < paraphrases.size(); i++) {
            var own = paraphrases.size() == 1 ? id : id + "#" + (i + 1);
            questions.add(new Question(own, domain, group, format(), "", prompt(paraphrases.get(i))));
        }
        return questions;
    }

    /** The same with the pattern, which is found if it matches anywhere. */
    List<GradedQuestion> matched(Question.Group group) {
        var expected = ".*?(?:" + pattern.orElseThrow() + ").*";
        return questions(group).stream()
                .map(question -> new GradedQuestion(question, expected, GradedQuestion.Match.PATTERN))
                .toList();
    }

    private Conversation prompt(String text) {
        var messages = new ArrayList<Message>();
        system.ifPresent(words -> messages.add(new Message(Role.SYSTEM, words)));
        messages.add(new Message(Role.USER, text));
        return new Conversation(messages);
    }
}
