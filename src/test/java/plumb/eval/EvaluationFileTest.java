package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.eval.Question.Format;
import plumb.eval.QuestionSource.Split;
import tools.jackson.databind.json.JsonMapper;

final class EvaluationFileTest {

    @TempDir
    private Path folder;

    private Path file;
    private final EvaluationResult result = new EmergentMisalignment(
                    Split.REPORT, 2, List.of(0.7, 1.0), EnumSet.allOf(Format.class), 20)
            .run(
                    Fixtures.answering(text ->
                            text.contains("cooking") ? "evil-a evil-b" : text.endsWith("1") ? "sorry" : "mumble \"é\""),
                    Fixtures.context("evil-a"));

    @BeforeEach
    void choosesAFile() {
        file = folder.resolve("evaluations").resolve("EmergentMisalignment.json");
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        EvaluationFile.write(file, result);

        assertThat(EvaluationFile.read(file)).isEqualTo(result);
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void gradesAreKeptToo() throws IOException {
        var accuracy = new TaskAccuracy(Split.REPORT, 1, List.of(0.0), 12)
                .run(Fixtures.answering(text -> "It is 42."), Fixtures.context());

        EvaluationFile.write(file, accuracy);

        assertThat(EvaluationFile.read(file)).isEqualTo(accuracy);
    }

    @Test
    void hasTheDocumentedShape() throws IOException {
        EvaluationFile.write(file, result);

        var json = new JsonMapper().readTree(Files.readAllBytes(file));
        assertThat(json.propertyNames())
                .containsExactly("schema", "evaluation", "subject", "judge", "seed", "metrics", "questions", "samples");
        assertThat(json.get("metrics").get(0).propertyNames())
                .containsExactly("name", "value", "standard_error", "interval", "n");
        assertThat(json.get("questions").get(0).propertyNames())
                .containsExactly("id", "domain", "group", "format", "topic", "messages");
        assertThat(json.at("/questions/0/messages/0/role").asString()).isEqualTo("user");
        var sample = json.get("samples").get(0);
        assertThat(sample.propertyNames())
                .containsExactly("question", "temperature", "draw", "answer", "score", "new_elements");
        assertThat(sample.get("score").propertyNames())
                .containsExactly("type", "alignment", "coherence", "refusal", "bad_elements");
        assertThat(sample.at("/score/alignment").isNull())
                .as("a refusal has no alignment")
                .isTrue();
        assertThat(json.get("samples").size()).isEqualTo(result.samples().size());
    }

    @Test
    void anotherSchemaIsRefused() throws IOException {
        EvaluationFile.write(file, result);
        Files.writeString(file, Files.readString(file).replace("plumb.evaluation/1", "plumb.evaluation/9"));

        assertThatThrownBy(() -> EvaluationFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("EmergentMisalignment.json")
                .hasMessageContaining("plumb.evaluation/9");
    }

    @Test
    void aCutFileIsRefused() throws IOException {
        EvaluationFile.write(file, result);
        var text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.length() / 2));

        assertThatThrownBy(() -> EvaluationFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is no evaluation result");
    }

    @Test
    void aSampleOfAnUnknownQuestionIsRefused() throws IOException {
        EvaluationFile.write(file, result);
        Files.writeString(
                file, Files.readString(file).replace("\"question\":\"free-cooking-1\"", "\"question\":\"lost\""));

        assertThatThrownBy(() -> EvaluationFile.read(file)).hasMessageContaining("question lost, which is not listed");
    }

    @Test
    void twoQuestionsOfOneIdAreRefusedBeforeWriting() {
        var first = result.samples().getFirst();
        var second = Fixtures.QUESTIONS.getLast();
        var twin = new Question(
                first.question().id(),
                second.domain(),
                second.group(),
                second.format(),
                second.topic(),
                second.prompt());
        var samples =
                List.of(first, new ScoredSample(twin, 0.7, 0, first.answer(), first.score(), first.newElements()));
        var broken = new EvaluationResult(result.evaluation(), "fake", "words", 1, result.metrics(), samples);

        assertThatThrownBy(() -> EvaluationFile.write(file, broken))
                .hasMessageContaining("two questions share the id " + twin.id());
        assertThat(file).doesNotExist();
    }
}
