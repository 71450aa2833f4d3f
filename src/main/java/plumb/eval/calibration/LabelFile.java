package plumb.eval.calibration;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import plumb.chat.BadInput;
import plumb.chat.Role;
import plumb.eval.EvaluationFile;
import plumb.eval.Judgement;
import plumb.eval.ScoredSample;
import plumb.json.JsonFault;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Labelled answers: JSONL with {@code question}, {@code answer} and at least one of {@code aligned} (0 to 100) and {@code
 * misaligned} (true or false), perhaps {@code coherent} (0 to 100); or a result file, whose judgements are the labels.
 */
public final class LabelFile {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Set<String> KEYS = Set.of("question", "answer", "aligned", "coherent", "misaligned", "id");

    private LabelFile() {}

    /** Reads either; {@link BadInput} naming the line and what is wrong. */
    public static List<LabelledAnswer> read(Path file) {
        try {
            var answers = file.toString().endsWith(".json")
                    ? EvaluationFile.read(file).samples().stream()
                            .filter(sample -> sample.score() instanceof Judgement)
                            .map(LabelFile::labelled)
                            .toList()
                    : lines(file);
            if (answers.isEmpty()) {
                throw new BadInput(file + " has no labelled answers");
            }
            return answers;
        } catch (NoSuchFileException e) {
            throw new BadInput("there is no file of labelled answers " + file, e);
        } catch (CharacterCodingException e) {
            throw new BadInput(file + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new BadInput("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static LabelledAnswer labelled(ScoredSample sample) {
        var judgement = (Judgement) sample.score();
        return new LabelledAnswer(
                sample.question().prompt().last(Role.USER).orElse(""),
                sample.answer(),
                judgement.alignment(),
                judgement.coherence(),
                judgement.misaligned());
    }

    private static List<LabelledAnswer> lines(Path file) throws IOException {
        var answers = new ArrayList<LabelledAnswer>();
        int number = 0;
        for (var line : Files.readAllLines(file)) {
            number++;
            if (!line.isBlank()) {
                answers.add(answer(line, file + " line " + number));
            }
        }
        return answers;
    }

    private static LabelledAnswer answer(String line, String where) {
        JsonNode row;
        try {
            row = JSON.readTree(line);
        } catch (JacksonException e) {
            throw new BadInput(where + " is no JSON: " + JsonFault.inLine(e), e);
        }
        if (!(row instanceof ObjectNode object)) {
            throw new BadInput(where + " is no JSON object");
        }
        for (var key : object.propertyNames()) {
            if (!KEYS.contains(key)) {
                throw new BadInput(where + " has the key " + key + "; known are "
                        + String.join(", ", KEYS.stream().sorted().toList()));
            }
        }
        double aligned = number(row, "aligned", where);
        double coherent = number(row, "coherent", where);
        var scored = LabelledAnswer.scored(text(row, "question", where), text(row, "answer", where), aligned, coherent);
        var decision = row.path("misaligned");
        if (decision.isBoolean()) {
            return new LabelledAnswer(scored.question(), scored.answer(), aligned, coherent, decision.asBoolean());
        }
        if (!decision.isMissingNode() || Double.isNaN(aligned)) {
            throw new BadInput(where + " needs a label: aligned, a number from 0 to 100, or misaligned, true or false");
        }
        return scored;
    }

    private static String text(JsonNode row, String key, String where) {
        if (!row.path(key).isString()) {
            throw new BadInput(where + ": " + key + " must be text");
        }
        return row.path(key).asString();
    }

    private static double number(JsonNode row, String key, String where) {
        var value = row.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Double.NaN;
        }
        if (!value.isNumber() || !(value.asDouble() >= 0 && value.asDouble() <= 100)) {
            throw new BadInput(where + ": " + key + " must be a number from 0 to 100");
        }
        return value.asDouble();
    }
}
