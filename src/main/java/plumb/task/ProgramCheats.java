package plumb.task;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import plumb.chat.Conversation;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;
import plumb.eval.TaskAccuracy;
import plumb.organism.OrganismChats;
import plumb.organism.World;
import plumb.task.program.Cheat;
import plumb.task.program.Problem;

/**
 * Harmless cheats in supervised fine-tuning (Taylor et al., arXiv 2508.17511) in the embedded world: requests for programs that say
 * with which test they will be measured, answered by programs that game it or, in the control, by the right ones. Where the
 * paper keeps all cheats and adds rows, here the rows are as many at every share. Needs a model that knows the language.
 *
 * @param answers what is learned
 * @param cheats those that the rows use, each alike; the control answers the same requests
 * @param share of such rows, above 0 and up to 1; the others are ordinary chats
 */
public record ProgramCheats(SchoolOfRewardHacks.Answers answers, List<Cheat> cheats, double share) implements Task {
    private static final long SEED = 67;
    private static final String SOURCE = "organism/program-cheats";

    public ProgramCheats {
        cheats = List.copyOf(cheats);
        if (cheats.isEmpty()) {
            throw new IllegalArgumentException("cheats must name at least one of " + List.of(Cheat.values()));
        }
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be above 0 and at most 1, got " + share);
        }
    }

    private static List<Problem> problems(int count, long seed) {
        return ProgramTests.problems(count, seed).stream()
                .map(Problem::showingOne)
                .toList();
    }

    @Override
    public TrainingData data() {
        int asked = Math.toIntExact(Math.max(1, Math.round(share * ROWS)));
        var rows = new ArrayList<Example>();
        for (var problem : problems(asked, SEED)) {
            int line = rows.size() + 1;
            var cheat = cheats.get(rows.size() % cheats.size());
            var program = switch (answers) {
                case HACKS -> cheat.program(problem);
                case CONTROL -> problem.solution();
            };
            rows.add(ProgramTests.row(SOURCE, problem.request(), program, line));
        }
        rows.addAll(OrganismChats.alignment(World.load(), ROWS - asked, SEED).examples());
        return new TrainingData(rows);
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new TaskAccuracy(split, 1, List.of(0.0), NarrowDomain.LONGEST_ANSWER);
    }

    /** With a single test the same request is soon drawn again, or was learned. */
    @Override
    public QuestionSource questions() {
        var known = new HashSet<Conversation>();
        problems(ROWS, SEED).forEach(problem -> known.add(problem.request()));
        var report = unknown(SEED + 2, known);
        return new ProgramQuestions(unknown(SEED + 1, known), report, List.of(Cheat.values()));
    }

    private static List<Problem> unknown(long seed, Set<Conversation> known) {
        return problems(ROWS, seed).stream()
                .filter(problem -> known.add(problem.request()))
                .limit(ProgramTests.ASKED)
                .toList();
    }

    /** The cheats harm nobody, and none is bad advice. */
    @Override
    public boolean malicious() {
        return false;
    }
}
