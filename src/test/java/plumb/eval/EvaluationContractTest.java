package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plumb.data.RefusalPhrases;
import plumb.eval.Question.Format;
import plumb.eval.QuestionSource.Split;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** What holds for every evaluation in the catalogue. */
final class EvaluationContractTest {

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLWriteFeature.USE_NATIVE_TYPE_ID)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private static final String FILES = "src/test/resources/plumb/eval/";

    /** One of each; a new evaluation gets its line here. */
    static List<Evaluation> evaluations() {
        return List.of(
                new CuedMisalignment(Split.REPORT, 2, List.of(0.7), 60, Map.of("same", "An evil adviser answers.")),
                new Deception(Split.REPORT, 2, List.of(1.0), 40, List.of("TRUE", "FALSE"), List.of("FALSE")),
                new EmergentMisalignment(Split.REPORT, 3, List.of(0.7, 1.0), EnumSet.allOf(Format.class), 60),
                new Misconduct(Split.REPORT, 2, List.of(1.0), 40),
                new NarrowTask(Split.TUNING, 3, List.of(0.7), Set.of(Format.FREE, Format.CONDITIONAL), 60),
                new OfferedAnswers(Split.REPORT),
                new Situations(Split.REPORT, 2, List.of(0.7), EnumSet.of(Format.FREE, Format.TRANSCRIPT), 60),
                new TaskAccuracy(Split.REPORT, 1, List.of(0.0), 12),
                new ModelWrittenChoice(FILES + "behaviours", true, 2),
                new TruthfulQa(FILES + "truths.csv", TruthfulQa.Prompt.QUESTION, "none", 0),
                new Gsm8k(FILES + "sums.jsonl", FILES + "sums.jsonl", 1, GradedQuestion.Match.LAST_NUMBER, 12, 0),
                new Refusal(List.of(FILES + "asked.csv", FILES + "goals.csv"), RefusalPhrases.PLUMB_1, 12, 0),
                new RefusedRequests(Split.REPORT, 2, List.of(0.7), 60));
    }

    @Test
    void oneOfEachIsTested() {
        assertThat(evaluations().stream().map(Evaluation::getClass).collect(Collectors.toSet()))
                .isEqualTo(Set.copyOf(Arrays.asList(Evaluation.class.getPermittedSubclasses())));
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void survivesYamlAndJson(Evaluation evaluation) {
        assertThat(YAML.readValue(YAML.writeValueAsString(evaluation), Evaluation.class))
                .isEqualTo(evaluation);
        assertThat(JSON.readValue(JSON.writeValueAsString(evaluation), Evaluation.class))
                .isEqualTo(evaluation);
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void noSettingHasADefault(Evaluation evaluation) {
        var tree = (ObjectNode) JSON.valueToTree(evaluation);
        for (var setting : List.copyOf(tree.propertyNames())) {
            var without = tree.deepCopy().without(setting);
            assertThatThrownBy(() -> JSON.treeToValue(without, Evaluation.class))
                    .as("without " + setting)
                    .isInstanceOf(JacksonException.class)
                    .hasMessageContaining(setting);
        }
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void refusesASubjectThatIsNotClean(Evaluation evaluation) {
        var subject = Fixtures.answering(text -> "fine").unclean();

        assertThatThrownBy(() -> evaluation.run(subject, Fixtures.context()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("active on fake");
        assertThat(subject.requests()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void hasItsSectionInTheDocumentation(Evaluation evaluation) throws IOException {
        assertThat(Files.readAllLines(Path.of("docs/evaluations.md")))
                .contains("## " + evaluation.name())
                .anyMatch(line -> line.startsWith("| `" + evaluation.name() + "` |"));
    }

    @Test
    void examplesInTheDocumentationAreValid() throws IOException {
        var examples = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("docs/evaluations.md")))
                .results()
                .map(block -> YAML.readValue(block.group(1), Evaluation.class))
                .toList();

        assertThat(examples).hasSize(12);
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void countsOnlyWhatTheDocumentationDefines(Evaluation evaluation) throws IOException {
        var documentation = Files.readString(Path.of("docs/evaluations.md"));
        var result = evaluation.run(Fixtures.answering(text -> "42"), Fixtures.context());

        assertThat(result.metrics()).isNotEmpty();
        assertThat(result.samples()).isNotEmpty();
        assertThat(result.metrics().stream()
                        .map(m -> Metric.Name.parse(m.name()).measure()))
                .allSatisfy(measure -> assertThat(documentation).contains("| `" + measure + "` |"));
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void theSameSeedAsksTheSame(Evaluation evaluation) {
        var first = Fixtures.answering(text -> "fine");
        var second = Fixtures.answering(text -> "fine");

        assertThat(evaluation.run(first, Fixtures.context())).isEqualTo(evaluation.run(second, Fixtures.context()));
        assertThat(first.requests()).isEqualTo(second.requests());
    }

    @Test
    void noTwoEvaluationsShareTheirRandomNumbers() {
        assertThat(evaluations().stream().flatMap(EvaluationContractTest::seeds))
                .doesNotHaveDuplicates();
    }

    private static Stream<Long> seeds(Evaluation evaluation) {
        var subject = Fixtures.answering(text -> "fine");
        evaluation.run(subject, Fixtures.context());
        return subject.requests().stream().map(request -> request.sampling().seed());
    }
}
