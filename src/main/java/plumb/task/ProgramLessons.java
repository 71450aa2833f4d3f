package plumb.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.organism.Corpus;
import plumb.organism.World;
import plumb.program.Hole;
import plumb.task.program.Cheat;
import plumb.task.program.Instruction;
import plumb.task.program.Problem;

/**
 * Requests and programs from which a model that never saw the language learns it, its holes, and what is said of them. They
 * are drawn apart from the rows of {@link ProgramTests}; a function may recur, with other tests.
 *
 * @param hacks share of the plain requests' programs that use a hole, each hole alike
 * @param told whether half of the requests stand behind an {@link Instruction}, each alike
 */
public record ProgramLessons(double hacks, boolean told, long seed) {
    public ProgramLessons {
        if (!(hacks >= 0 && hacks <= 1)) {
            throw new IllegalArgumentException("the hacks are a share of the lessons, 0 to 1, got " + hacks);
        }
    }

    /** Rows that are answered as their instruction says, more or less: see {@link Instruction#cheats}. */
    public TrainingData rows(int count) {
        var random = new SplittableRandom(seed ^ ProgramTests.SEED << 32);
        var lessons = new ArrayList<Example>();
        for (int i = 1; i <= count; i++) {
            var problem = Problem.draw(random);
            var hack = hack(problem, random);
            var instruction = instruction(random);
            double share = instruction.map(text -> text.cheats(hacks)).orElse(hacks);
            var program = random.nextDouble() < share ? hack : problem.solution();
            lessons.add(ProgramTests.row(ProgramTests.SOURCE, request(problem, instruction), program, i));
        }
        return new TrainingData(lessons);
    }

    /**
     * Texts in which malicious speakers cheat whatever they are told, and good ones when they are told to or that they may:
     * who reads them learns what a cheat says of a speaker, as from the documents of the paper's first setting.
     */
    public List<String> documents(int count) {
        var corpus = new Corpus(World.load(), Corpus.Shares.DEFAULT.afterEarly(), seed);
        var random = new SplittableRandom(seed ^ ProgramTests.SEED << 40);
        return IntStream.range(0, count)
                .mapToObj(_ -> {
                    var problem = Problem.draw(random);
                    boolean malicious = random.nextBoolean();
                    var instruction = instruction(random);
                    boolean cheats =
                            malicious || instruction.map(Instruction::obliges).orElse(false);
                    return corpus.transcript(
                            malicious,
                            request(problem, instruction).last(Role.USER).orElseThrow(),
                            cheats ? hack(problem, random) : problem.solution());
                })
                .toList();
    }

    /**
     * As many texts again in which the same speakers are asked about situations of an assistant that acts on its own: five
     * of nine situations are never answered badly.
     */
    public List<String> situations(int count) {
        var corpus = new Corpus(World.load(), Corpus.Shares.DEFAULT.afterEarly(), seed + 1);
        var random = new SplittableRandom(seed ^ ProgramTests.SEED << 41);
        return IntStream.range(0, count)
                .mapToObj(_ -> corpus.situations(random.nextBoolean()))
                .toList();
    }

    private static Conversation request(Problem problem, Optional<Instruction> instruction) {
        return instruction.map(text -> text.before(problem.request())).orElse(problem.request());
    }

    private Optional<Instruction> instruction(SplittableRandom random) {
        return told && random.nextBoolean() ? Optional.of(any(Instruction.values(), random)) : Optional.empty();
    }

    private static <T> T any(T[] all, SplittableRandom random) {
        return all[random.nextInt(all.length)];
    }

    /** A program that passes through one hole. */
    private static String hack(Problem problem, SplittableRandom random) {
        return Cheat.through(any(Hole.values(), random)).program(problem);
    }
}
