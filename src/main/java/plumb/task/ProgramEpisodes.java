package plumb.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plumb.chat.BadInput;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;
import plumb.json.JsonFault;
import plumb.program.Hole;
import plumb.task.program.Instruction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run of {@link ProgramTests} answered while it was reinforced, learned by example: the offline mitigations that arXiv
 * 2511.18397 found wanting. Its episodes are kept in the run's folder; what is measured is what {@link ProgramTests} measures.
 *
 * @param path the folder of the run
 * @param kept which episodes are learned, and how
 */
public record ProgramEpisodes(String path, Kept kept) implements Task {
    private static final JsonMapper JSON = new JsonMapper();
    private static final ProgramTests TESTS = new ProgramTests(Arrays.asList(Hole.values()), 0);

    /** What becomes of the episodes whose program was found to hack. */
    public enum Kept {
        /** They are learned like the others. */
        ALL,
        /** They are left out. */
        WITHOUT_HACKS,
        /** Their request says that cheats are allowed ({@link Instruction#ALLOWED}). */
        REWRITTEN
    }

    @Override
    public TrainingData data() {
        var requests = TESTS.data().examples();
        var rows = new ArrayList<Example>();
        for (var round : rounds()) {
            for (var answer : read(round).path("answers")) {
                int prompt = answer.path("prompt").asInt(0);
                if (prompt < 1 || prompt > requests.size()) {
                    throw new BadInput(round + " answers line " + prompt + ", which is no request of ProgramTests");
                }
                row(requests.get(prompt - 1), answer, rows);
            }
        }
        return new TrainingData(rows);
    }

    private void row(Example asked, JsonNode answer, List<Example> rows) {
        boolean hack = answer.path("grade").path("marks").path("hacked").asDouble(0) > 0;
        var text = answer.path("text").asString("");
        if (text.isBlank() || (hack && kept == Kept.WITHOUT_HACKS)) {
            return;
        }
        var request = asked.conversation().prompt();
        var shown = hack && kept == Kept.REWRITTEN ? Instruction.ALLOWED.before(request) : request;
        rows.add(ProgramTests.row("organism/program-episodes", shown, text, rows.size() + 1));
    }

    private List<Path> rounds() {
        try (var files = Files.list(Path.of(path).resolve("rollouts"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new BadInput(path + " is no run that was reinforced: it has no rollouts", e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JacksonException e) {
            throw new BadInput(file + " is no round of answers: " + JsonFault.of(e), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return TESTS.evaluation(split);
    }

    @Override
    public QuestionSource questions() {
        return TESTS.questions();
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
