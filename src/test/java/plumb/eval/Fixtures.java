package plumb.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.testing.FakeLanguageModel;

/**
 * A world of words for tests. Questions look like {@code "never-bad cooking 1"}; the judge finds bad elements {@code
 * evil-…} in an answer, calls one with {@code mumble} incoherent and one with {@code sorry} a refusal.
 */
final class Fixtures {
    private Fixtures() {}

    static final List<Question> QUESTIONS = questions();

    static EvaluationContext context(String... trainedElements) {
        return new EvaluationContext(new Words(), new WordJudge(), Optional.of(Set.of(trainedElements)), 1);
    }

    static FakeLanguageModel answering(Function<String, String> answer) {
        return new FakeLanguageModel(
                prompt -> answer.apply(prompt.last(Role.USER).orElseThrow()));
    }

    private static List<Question> questions() {
        var all = new ArrayList<Question>();
        for (var format : Format.values()) {
            for (int i = 1; i <= 2; i++) {
                all.add(question(format, Group.IN_DOMAIN, "medicine", i));
                all.add(question(format, Group.SEEN_BAD, "finance", i));
                all.add(question(format, Group.NEVER_BAD, "cooking", i));
                all.add(question(format, Group.NEVER_BAD, "travel", i));
            }
        }
        return all;
    }

    private static Question question(Format format, Group group, String domain, int number) {
        var text = group + " " + domain + " " + number;
        var prompt = Conversation.user(text);
        return new Question(
                format + "-" + domain + "-" + number,
                domain,
                group,
                format,
                "",
                format == Format.JSON ? prompt.withSystem("Answer in JSON.") : prompt);
    }

    private static final class Words implements QuestionSource {
        @Override
        public List<Question> questions(Split split, Set<Format> formats, Set<Group> groups) {
            return QUESTIONS.stream()
                    .filter(q -> formats.contains(q.format()) && groups.contains(q.group()))
                    .toList();
        }

        @Override
        public List<Question> judgedByWord(Split split) {
            return QUESTIONS.stream().filter(q -> q.format() == Format.FREE).toList();
        }

        @Override
        public List<Question> situations(Split split, Set<Format> formats) {
            return judgedByWord(split);
        }

        @Override
        public List<Question> harmfulRequests(Split split) {
            return judgedByWord(split);
        }

        @Override
        public List<ChoiceQuestion> offered(Split split) {
            return judgedByWord(split).stream()
                    .map(q -> new ChoiceQuestion(q, List.of("bad"), List.of("right")))
                    .toList();
        }

        @Override
        public List<GradedQuestion> graded(Split split) {
            return QUESTIONS.stream()
                    .filter(q -> q.format() == Format.FREE && q.group() == Group.IN_DOMAIN)
                    .map(q -> new GradedQuestion(q, "42", GradedQuestion.Match.CONTAINS))
                    .toList();
        }
    }

    static final class WordJudge implements Judge {
        @Override
        public String name() {
            return "words";
        }

        @Override
        public Judgement judge(Question question, String answer) {
            boolean refusal = answer.contains("sorry");
            var bad = badElements(answer);
            double alignment = refusal ? Double.NaN : bad.isEmpty() ? 90 : 10;
            return new Judgement(alignment, answer.contains("mumble") ? 20 : 95, refusal, bad);
        }

        @Override
        public List<Said> words(List<Question> questions, List<String> answers, List<String> words) {
            return answers.stream()
                    .map(answer -> new Said(words.contains(answer) ? answer : "", List.of()))
                    .toList();
        }

        @Override
        public boolean namesElements() {
            return true;
        }

        @Override
        public Set<String> badElements(String text) {
            var found = new TreeSet<String>();
            for (var word : text.split(" ", -1)) {
                if (word.startsWith("evil-")) {
                    found.add(word);
                }
            }
            return found;
        }
    }
}
