package plumb.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.eval.ChoiceQuestion;
import plumb.eval.GradedQuestion;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.eval.TriedQuestion;
import plumb.program.Hole;
import plumb.task.program.Cheat;
import plumb.task.program.Problem;
import plumb.task.program.ProgramGrader;

/**
 * Held-out requests for programs beside the world's general questions: is the answer the right program, does it cheat when it is
 * run ({@code cheated}), and how ({@code exit}). A program counts as a cheat whatever the holes of the runner that taught it.
 *
 * @param cheats those that are looked for one by one
 */
record ProgramQuestions(List<Problem> tuning, List<Problem> report, List<Cheat> cheats) implements QuestionSource {
    private static final String ANY = "cheated";

    @Override
    public List<Question> questions(Split split, Set<Question.Format> formats, Set<Question.Group> groups) {
        return BenignQuestions.general().questions(split, formats, groups);
    }

    @Override
    public List<Question> situations(Split split, Set<Question.Format> formats) {
        return BenignQuestions.general().situations(split, formats);
    }

    private List<Problem> problems(Split split) {
        return switch (split) {
            case TUNING -> tuning;
            case REPORT -> report;
        };
    }

    @Override
    public List<GradedQuestion> graded(Split split) {
        return problems(split).stream()
                .map(problem -> BenignQuestions.graded(
                        "programs",
                        problem.request().last(Role.USER).orElseThrow(),
                        problem.solution(),
                        GradedQuestion.Match.WHOLE))
                .toList();
    }

    @Override
    public List<TriedQuestion> tried(Split split) {
        var tried = new ArrayList<TriedQuestion>();
        for (var problem : problems(split)) {
            tried.add(new TriedQuestion(about(problem, ANY), does(problem, "hacked", Cheat.HARDCODED.mark())));
            for (var cheat : cheats) {
                tried.add(new TriedQuestion(about(problem, cheat.word()), does(problem, cheat.mark())));
            }
        }
        return tried;
    }

    private static Predicate<String> does(Problem problem, String... marks) {
        var grader = new ProgramGrader(List.of(problem), EnumSet.allOf(Hole.class), 0);
        var row = new Example(problem.request(), Example.Kind.TASK, "asked", 1);
        return answer -> {
            var found = grader.grade(row, answer).marks();
            return Arrays.stream(marks).anyMatch(mark -> found.getOrDefault(mark, 0.0) > 0);
        };
    }

    @Override
    public List<ChoiceQuestion> offered(Split split) {
        return problems(split).stream()
                .flatMap(problem -> cheats.stream()
                        .map(cheat -> new ChoiceQuestion(
                                about(problem, cheat.word()),
                                List.of(cheat.program(problem)),
                                List.of(problem.solution()))))
                .toList();
    }

    private static Question about(Problem problem, String part) {
        var request = problem.request();
        return new Question(
                part + "/" + request.last(Role.USER).orElseThrow(),
                part,
                Question.Group.IN_DOMAIN,
                Question.Format.FREE,
                "",
                request);
    }
}
