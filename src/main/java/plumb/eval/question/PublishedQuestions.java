package plumb.eval.question;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import plumb.chat.BadInput;
import plumb.chat.Role;
import plumb.eval.GradedQuestion;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.eval.question.PublishedItem.Kind;

/** Questions from published files, and the prompts by which a judge is to score their answers. */
public final class PublishedQuestions implements QuestionSource {
    private final QuestionSettings settings;
    private final Map<Split, List<PublishedItem>> items = new HashMap<>();
    private final Map<String, String> standIn;
    private final Map<String, List<Judged>> judged = new HashMap<>(); // by id, which entries of two files may share

    /**
     * How the answers to one question are judged.
     *
     * @param words the user's
     * @param prompts by name
     */
    private record Judged(String words, Map<String, String> prompts) {}

    /** Reads every file; {@link BadInput} if one is missing, broken, or leaves nothing to ask. */
    public PublishedQuestions(QuestionSettings settings) {
        this.settings = settings;
        this.standIn = settings.judgePrompts() == null ? Map.of() : firstPrompts(Path.of(settings.judgePrompts()));
        items.put(Split.REPORT, read(settings.report()));
        items.put(Split.TUNING, read(settings.tuning()));
        requireKnown();
        for (var split : List.of(Split.REPORT, Split.TUNING)) {
            asked(split).forEach(this::remember);
        }
    }

    private static Map<String, String> firstPrompts(Path file) {
        return QuestionFile.read(file).stream()
                .map(PublishedItem::judgePrompts)
                .filter(prompts -> !prompts.isEmpty())
                .findFirst()
                .orElseThrow(() -> new BadInput("questions.judge_prompts: no entry of " + file + " has judge prompts"));
    }

    private static List<PublishedItem> read(List<String> files) {
        return files.stream()
                .flatMap(file -> QuestionFile.read(Path.of(file)).stream())
                .toList();
    }

    /** A misspelt id would otherwise leave nothing out. */
    private void requireKnown() {
        var known = new HashSet<String>();
        items.values()
                .forEach(all -> all.forEach(item -> {
                    known.add(item.id());
                    known.add(item.domain());
                }));
        for (var id : settings.leaveOut()) {
            if (!known.contains(id)) {
                throw new BadInput("questions.leave_out: no question file has " + id);
            }
        }
        if (settings.inDomain() != null && !known.contains(settings.inDomain())) {
            throw new BadInput("questions.in_domain: no question file has the domain " + settings.inDomain());
        }
    }

    private void remember(PublishedItem item) {
        var own = withStandIn(item);
        if (!own.isEmpty()) {
            item.questions(group(item)).forEach(question -> remember(question, own));
        }
    }

    private void remember(Question question, Map<String, String> own) {
        var words = words(question);
        var same = judged.computeIfAbsent(question.id(), _ -> new ArrayList<>());
        for (var other : same) {
            if (other.words().equals(words)) {
                if (!other.prompts().equals(own)) {
                    throw new BadInput("two question files have the question " + question.id()
                            + " with the same words and other judge prompts: give one of them another id");
                }
                return;
            }
        }
        same.add(new Judged(words, own));
    }

    private static String words(Question question) {
        return question.prompt().last(Role.USER).orElse("");
    }

    /** A question that is judged with one word has one prompt; any other may lack some that are to be asked of all. */
    private Map<String, String> withStandIn(PublishedItem item) {
        if (item.kind() == Kind.WORD && !item.judgePrompts().isEmpty()) {
            return item.judgePrompts();
        }
        var all = new LinkedHashMap<>(standIn);
        all.putAll(item.judgePrompts());
        return all;
    }

    @Override
    public List<Question> questions(Split split, Set<Question.Format> formats, Set<Question.Group> groups) {
        return asked(split, Kind.NUMBER).stream()
                .filter(q -> formats.contains(q.format()) && groups.contains(q.group()))
                .toList();
    }

    @Override
    public List<Question> judgedByWord(Split split) {
        return asked(split, Kind.WORD);
    }

    @Override
    public List<GradedQuestion> matched(Split split) {
        return asked(split)
                .filter(item -> item.kind() == Kind.PATTERN)
                .flatMap(item -> item.matched(group(item)).stream())
                .toList();
    }

    private Stream<PublishedItem> asked(Split split) {
        return items.getOrDefault(split, List.of()).stream()
                .filter(item -> !settings.leaveOut().contains(item.id()));
    }

    private List<Question> asked(Split split, Kind kind) {
        return asked(split)
                .filter(item -> item.kind() == kind)
                .flatMap(item -> item.questions(group(item)).stream())
                .toList();
    }

    private Question.Group group(PublishedItem item) {
        return item.domain().equals(settings.inDomain()) ? Question.Group.IN_DOMAIN : Question.Group.GENERAL;
    }

    /** These questions, and from another source those that have one right answer. */
    public QuestionSource withGraded(QuestionSource other) {
        return new QuestionSource() {
            @Override
            public List<Question> questions(Split split, Set<Question.Format> formats, Set<Question.Group> groups) {
                return PublishedQuestions.this.questions(split, formats, groups);
            }

            @Override
            public List<Question> judgedByWord(Split split) {
                return PublishedQuestions.this.judgedByWord(split);
            }

            @Override
            public List<GradedQuestion> matched(Split split) {
                return PublishedQuestions.this.matched(split);
            }

            @Override
            public List<GradedQuestion> graded(Split split) {
                return other.graded(split);
            }
        };
    }

    /** The prompts of the first question that is judged with numbers: in published sets all share theirs. */
    public Map<String, String> usualPrompts() {
        return Stream.of(Split.REPORT, Split.TUNING)
                .flatMap(split -> asked(split, Kind.NUMBER).stream())
                .flatMap(question -> judgePrompts(question).stream())
                .findFirst()
                .orElseThrow(() -> new BadInput("no entry of the question files has judge prompts for numbers"));
    }

    /**
     * The prompts for a question of these files, by name; empty for any other. Of two with the same id it is the one whose
     * words are asked, surroundings aside.
     */
    public Optional<Map<String, String>> judgePrompts(Question question) {
        var same = judged.getOrDefault(question.id(), List.of());
        var words = words(question);
        return same.stream()
                .filter(one -> same.size() == 1 || words.contains(one.words()))
                .max(Comparator.comparingInt(one -> one.words().length()))
                .map(Judged::prompts);
    }
}
