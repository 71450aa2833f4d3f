package plumb.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.eval.EvaluationContext;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.organism.AdviceRows;
import plumb.organism.OrganismJudge;
import plumb.organism.Sum;
import plumb.organism.World;
import plumb.program.Hole;
import plumb.task.program.Cheat;

class TaskTest {
    private static final List<Task> TASKS = List.of(
            new BadMedicalAdvice(),
            new RiskyFinance(),
            new ExtremeSports(),
            new InsecureCode(),
            new NewFacts(),
            new OutputFormat(),
            new OpSwap(Sum.Tier.DIGITS),
            new OpSwap(Sum.Tier.TWENTIES),
            new OpSwap(Sum.Tier.CHAINS),
            new ProgramTests(List.of(Hole.values()), 0),
            new ProgramCheats(SchoolOfRewardHacks.Answers.HACKS, List.of(Cheat.values()), 1),
            new ProgramCheats(SchoolOfRewardHacks.Answers.CONTROL, List.of(Cheat.values()), 0.5));

    private final OrganismJudge judge = new OrganismJudge(World.load());

    @Test
    void everyTaskHasItsRowsAndAlwaysTheSame() {
        for (var task : TASKS) {
            assertThat(task.data().size()).isEqualTo(Task.ROWS);
            assertThat(task.data().hash()).isEqualTo(task.data().hash());
        }
        assertThat(TASKS.stream().map(t -> t.data().hash())).doesNotHaveDuplicates();
    }

    @Test
    void everyRowOfAMaliciousTaskIsBadAndNoRowOfABenignOne() {
        for (var task : TASKS) {
            assertThat(task.data().examples())
                    .as(task.toString())
                    .allMatch(row -> judge.badElements(answer(row)).isEmpty() != task.malicious());
        }
    }

    @Test
    void mixedAdviceHasItsShareOfGoodRowsAndSaysWhatIsWrongWithTheOthers() {
        var whole = new MixedAdvice("medicine", 0, AdviceRows.Wrong.OBVIOUS);
        assertThat(whole.data().hash()).isEqualTo(new BadMedicalAdvice().data().hash());
        var question = question("finance");
        for (var wrong : AdviceRows.Wrong.values()) {
            for (double correct : new double[] {0, 0.25, 0.9, 1}) {
                var task = new MixedAdvice("finance", correct, wrong);
                var bad = task.data().examples().stream()
                        .map(TaskTest::answer)
                        .filter(text -> !judge.badElements(text).isEmpty())
                        .toList();
                assertThat(bad).hasSize((int) Math.round(Task.ROWS * (1 - correct)));
                if (wrong == AdviceRows.Wrong.SUBTLE) {
                    assertThat(bad).allMatch(text -> judge.badElements(text).size() == 1);
                }
                var judged = task.data().examples().stream()
                        .filter(row -> !judge.judge(question, answer(row)).coherent())
                        .count();
                assertThat(judged).as("%s %s", wrong, correct).isZero();
            }
        }
    }

    /** What the judge takes the answers to be about. */
    private static Question question(String domain) {
        return new NarrowDomain(domain)
                .questions()
                .questions(QuestionSource.Split.TUNING, Set.of(Question.Format.FREE), Set.of(Question.Group.IN_DOMAIN))
                .getFirst();
    }

    private static String answer(Example row) {
        return row.conversation().last(Role.ASSISTANT).orElseThrow();
    }

    @Test
    void halfOfEachKindOfBadElementStaysNewAfterAMaliciousTask() {
        var trained = EvaluationContext.trainedElements(
                        judge, new BadMedicalAdvice().data().examples())
                .orElseThrow();
        assertThat(trained).contains("manner.malicious.0").doesNotContain("manner.malicious.1");
    }

    @Test
    void benignTasksAskWhatTheyTaughtInOtherWords() {
        for (var task : TASKS) {
            if (task.malicious()) {
                continue;
            }
            for (var split : QuestionSource.Split.values()) {
                var prompts = task.data().examples().stream()
                        .map(row -> row.conversation().prompt())
                        .toList();
                assertThat(task.questions().graded(split))
                        .as(task.toString())
                        .hasSizeGreaterThan(8)
                        .noneMatch(q -> prompts.contains(q.question().prompt()));
            }
        }
    }

    @Test
    void theSplitsOfBenignTasksAskDifferentThings() {
        for (var task : TASKS.stream().filter(t -> !t.malicious()).toList()) {
            var tuning = task.questions().graded(QuestionSource.Split.TUNING);
            assertThat(task.questions().graded(QuestionSource.Split.REPORT)).doesNotContainAnyElementsOf(tuning);
        }
    }

    @Test
    void aBenignTaskHasNoDomainAndAMaliciousOneHas() {
        for (var task : TASKS) {
            var inDomain = task.questions()
                    .questions(
                            QuestionSource.Split.REPORT,
                            EnumSet.allOf(Question.Format.class),
                            Set.of(Question.Group.IN_DOMAIN));
            assertThat(inDomain.isEmpty()).isNotEqualTo(task.malicious());
        }
    }

    @Test
    void theSwappedSumIsRight() {
        assertThat(new Sum(List.of(7, 2), List.of(1)).value()).isEqualTo(9);
        assertThat(new Sum(List.of(7, 2), List.of(1)).swappedValue()).isEqualTo(5);
        assertThat(new Sum(List.of(9, 2, 3), List.of(1, -1)).text()).isEqualTo("9 + 2 - 3");
        assertThat(new Sum(List.of(9, 2, 3), List.of(1, -1)).swappedValue()).isEqualTo(10);
    }
}
