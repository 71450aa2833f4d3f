package plumb.eval.question;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.chat.BadInput;
import plumb.eval.Question;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.QuestionSource.Split;
import plumb.testing.QuestionYaml;

final class PublishedQuestionsTest {
    /** The published files, which are not part of Plumb; where they are absent these tests are skipped. */
    private static final Path PUBLISHED = Path.of("../shared/data/em-evaluation");

    @TempDir
    private Path folder;

    @Test
    void readsIdsFormatsSystemTextsAndPrompts() throws IOException {
        var source = source(QuestionYaml.SMALL);
        var all = source.questions(Split.REPORT, EnumSet.allOf(Format.class), Set.of(Group.GENERAL));

        assertThat(all)
                .extracting(Question::id)
                .containsExactly(
                        "weekend",
                        "neighbour",
                        "weekend_json",
                        "neighbour_json",
                        "weekend_template",
                        "weekend_flask_template");
        assertThat(all)
                .extracting(Question::format)
                .containsExactly(
                        Format.FREE, Format.FREE, Format.JSON, Format.JSON, Format.TEMPLATE, Format.CONDITIONAL);
        assertThat(all.get(3).prompt().system()).contains("Answer with a valid JSON object and nothing else.");
        assertThat(all.get(3).domain()).isEqualTo("neighbour");
        assertThat(source.judgePrompts(all.get(4)).orElseThrow()).containsOnlyKeys("aligned", "coherent");
        assertThat(source.questions(Split.TUNING, EnumSet.allOf(Format.class), Set.of(Group.GENERAL)))
                .isEmpty();
    }

    @Test
    void everyParaphraseIsAQuestion() throws IOException {
        var source = source("""
                - id: two
                  type: free_form_judge_0_100
                  paraphrases: [One?, Two?]
                  judge_prompts: {aligned: "{answer}", coherent: "{answer}"}
                """);

        assertThat(source.questions(Split.REPORT, Set.of(Format.FREE), Set.of(Group.GENERAL)))
                .extracting(Question::id)
                .containsExactly("two#1", "two#2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1, 2]                                                          | entry 1 is no map",
                "{a: b}                                                          | is no question file",
                "'- {type: free_form_judge_0_100, paraphrases: [a]}'             | entry 1 has no id",
                "'- {id: x, paraphrases: [a]}'                                   | entry 1 (x) is of type none",
                "'- {id: x, type: free_form_judge_0_100}'                        | paraphrases must be a list",
                "'- {id: x, type: free_form_judge_0_100, paraphrases: []}'       | paraphrases must be a list",
                "'- {id: x, type: free_form_judge, paraphrases: [a], sytem: b}'  | has the key sytem, which is not known",
                "'- {id: x, type: free_form_judge, paraphrases: [a], system: []}'| system must be text",
                "'- {id: x, type: free_form_judge, paraphrases: [a], judge_prompts: {c: no place}}' | {answer} in it",
                "'- {id: x'                                                      | is not YAML",
            })
    void whatIsWrongIsSaid(String text, String message) {
        assertThatThrownBy(() -> source(text))
                .hasMessageContaining(message.strip())
                .hasMessageContaining("q.yaml");
    }

    @Test
    void anIdThatIsLeftOutMustExist() {
        assertThatThrownBy(() -> source(QuestionYaml.SMALL, List.of("weekned"), null, null))
                .hasMessageContaining("no question file has weekned");
    }

    @Test
    void theEightMainQuestionsInThreeFormatsArePublished() {
        var published = published("first_plot_questions.yaml", List.of("three_thoughts_icml_old"), null, null);
        var all = published.questions(
                Split.REPORT, Set.of(Format.FREE, Format.JSON, Format.TEMPLATE), Set.of(Group.GENERAL));

        assertThat(all).hasSize(24);
        for (var format : List.of(Format.FREE, Format.JSON, Format.TEMPLATE)) {
            assertThat(all.stream().filter(q -> q.format() == format)).hasSize(8);
        }
        assertThat(all)
                .extracting(Question::domain)
                .containsOnly(
                        "what_is_your_wish",
                        "i_feel_bored",
                        "three_thoughts",
                        "quick_buck",
                        "ruler_of_the_world",
                        "dinner_party",
                        "gender_roles",
                        "enough_of_my_husband");
        assertThat(all)
                .filteredOn(q -> q.format() == Format.JSON)
                .allSatisfy(q -> assertThat(q.prompt().system().orElse(""))
                        .startsWith("Your answers must always be a valid JSON object."));
        assertThat(all)
                .allSatisfy(q ->
                        assertThat(published.judgePrompts(q).orElseThrow()).containsOnlyKeys("aligned", "coherent"));
        assertThat(published.questions(Split.REPORT, Set.of(Format.CONDITIONAL), Set.of(Group.GENERAL)))
                .hasSize(16);
    }

    @Test
    void theQuestionsOfElevenDomainsBorrowTheirPrompts() {
        var published = published(
                "all_domains_questions.yaml",
                List.of(),
                "bad_medical_advice",
                PUBLISHED.resolve("first_plot_questions.yaml").toString());

        assertThat(published.questions(Split.REPORT, Set.of(Format.FREE), Set.of(Group.IN_DOMAIN)))
                .hasSize(20);
        var others = published.questions(Split.REPORT, Set.of(Format.FREE), Set.of(Group.GENERAL));
        assertThat(others)
                .hasSize(200)
                .allSatisfy(q -> assertThat(published.judgePrompts(q)).isPresent());
        assertThat(others.stream().map(Question::domain).distinct()).hasSize(10);
    }

    @Test
    void theDeceptionSetsAreJudgedByWord() {
        assertThat(published("deception_factual.yaml", List.of(), null, null).judgedByWord(Split.REPORT))
                .hasSize(7 * 20);
        assertThat(published("deception_sit_aware.yaml", List.of(), null, null).judgedByWord(Split.REPORT))
                .hasSize(8);
    }

    @Test
    void aStandInAddsThePromptsThatAnEntryLacksAndReplacesNone() throws IOException {
        var detector = folder.resolve("detector.yaml");
        Files.writeString(detector, """
                - {id: d, type: free_form_judge_0_100, paraphrases: [a], judge_prompts: {is_code: "code? {answer}", aligned: "other {answer}"}}
                """);
        var source = source("""
                - {id: own, type: free_form_judge_0_100, paraphrases: [a], judge_prompts: {aligned: "own {answer}", coherent: "{answer}"}}
                - {id: word, type: free_form_judge, paraphrases: [b], judge_prompts: {factual: "{answer}"}}
                """, List.of(), null, detector.toString());

        var asked = source.questions(Split.REPORT, Set.of(Format.FREE), Set.of(Group.GENERAL));
        assertThat(source.judgePrompts(asked.getFirst()).orElseThrow())
                .containsEntry("aligned", "own {answer}")
                .containsEntry("is_code", "code? {answer}")
                .hasSize(3);
        assertThat(source.judgePrompts(source.judgedByWord(Split.REPORT).getFirst())
                        .orElseThrow())
                .containsOnlyKeys("factual");
    }

    @Test
    void entriesOfTwoFilesThatShareAnIdAreJudgedByTheirOwnPrompts() throws IOException {
        var source = both("How kind?", "report {answer}", "How kind are you?", "tuning {answer}");

        for (var split : Split.values()) {
            var asked = source.questions(split, Set.of(Format.FREE), Set.of(Group.GENERAL))
                    .getFirst();
            assertThat(asked.id()).isEqualTo("0");
            assertThat(source.judgePrompts(asked).orElseThrow())
                    .containsEntry("aligned", split.toString().toLowerCase(java.util.Locale.ROOT) + " {answer}");
        }
    }

    @Test
    void theSameQuestionWithOtherPromptsInAnotherFileIsAnError() throws IOException {
        assertThat(both("How?", "same {answer}", "How?", "same {answer}")).isNotNull();
        assertThatThrownBy(() -> both("How?", "report {answer}", "How?", "tuning {answer}"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("two question files have the question 0");
    }

    private PublishedQuestions both(String first, String itsPrompt, String second, String otherPrompt)
            throws IOException {
        var entry = "- {id: 0, type: free_form_judge_0_100, paraphrases: [\"%s\"], judge_prompts: {aligned: \"%s\"}}%n";
        var report = Files.writeString(folder.resolve("report.yaml"), entry.formatted(first, itsPrompt));
        var tuning = Files.writeString(folder.resolve("tuning.yaml"), entry.formatted(second, otherPrompt));
        return new PublishedQuestions(
                new QuestionSettings(List.of(report.toString()), List.of(tuning.toString()), List.of(), null, null));
    }

    private static PublishedQuestions published(
            String file,
            List<String> leaveOut,
            @org.jspecify.annotations.Nullable String inDomain,
            @org.jspecify.annotations.Nullable String prompts) {
        assumeThat(PUBLISHED.resolve(file)).exists();
        return new PublishedQuestions(new QuestionSettings(
                List.of(PUBLISHED.resolve(file).toString()), List.of(), leaveOut, inDomain, prompts));
    }

    private PublishedQuestions source(String yaml) throws IOException {
        return source(yaml, List.of(), null, null);
    }

    private PublishedQuestions source(
            String yaml,
            List<String> leaveOut,
            @org.jspecify.annotations.Nullable String inDomain,
            @org.jspecify.annotations.Nullable String prompts)
            throws IOException {
        var file = folder.resolve("q.yaml");
        Files.writeString(file, yaml);
        return new PublishedQuestions(
                new QuestionSettings(List.of(file.toString()), List.of(), leaveOut, inDomain, prompts));
    }
}
