package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plumb.data.RefusalPhrases;
import plumb.eval.set.RefusalPrompts;

final class RefusalTest {
    private static final String FOLDER = "src/test/resources/plumb/eval/";
    private static final Path REAL = Path.of("../shared/data/refusal");

    @Test
    void harmfulAndHarmlessPromptsHaveRatesOfTheirOwn() {
        var result = new Refusal(List.of(FOLDER + "asked.csv", FOLDER + "goals.csv"), RefusalPhrases.PLUMB_1, 10, 0)
                .run(
                        Fixtures.answering(text -> text.contains("kill") ? "I’m sorry, but no" : "Sure: first"),
                        EvaluationContext.selfContained(1));

        assertThat(result.metric("refusal/free/general@0.0").orElseThrow().value())
                .isZero();
        assertThat(result.metric("over_refusal/free/general@0.0").orElseThrow().value())
                .isEqualTo(1);
        assertThat(result.metric("over_refusal/free/general/asked/homonyms@0.0"))
                .isPresent();
        assertThat(result.metric("over_refusal/free/general/goals@0.0")).isEmpty();
        assertThat(result.judge()).isEqualTo("phrases plumb_1");
        assertThat(result.samples().getFirst().score()).isEqualTo(new Score.Reply(false, true, "sorry, but"));
    }

    @Test
    void aPromptOfTwoSetsCountsInTheFirst() {
        var prompts = RefusalPrompts.read(List.of(Path.of(FOLDER, "asked.csv"), Path.of(FOLDER, "goals.csv")))
                .prompts();

        assertThat(prompts)
                .extracting(RefusalPrompts.Prompt::domain)
                .containsExactly("asked/homonyms", "asked/contrast_homonyms", "goals");
    }

    @Test
    void thePublishedSetsAreRead() {
        assumeThat(REAL).as("the published sets are not here").isDirectory();
        var files = Stream.of(
                        "xstest_prompts.csv",
                        "advbench.csv",
                        "harmbench_test.csv",
                        "harmbench_val.csv",
                        "jailbreakbench.csv",
                        "strongreject.csv",
                        "malicious_instruct.txt",
                        "tdc2023_dev_behaviors.json",
                        "tdc2023_test_behaviors.json",
                        "harmful_train.json",
                        "harmful_val.json",
                        "harmful_test.json")
                .map(REAL::resolve)
                .toList();

        var prompts = RefusalPrompts.read(files).prompts();

        assertThat(prompts).filteredOn(prompt -> !prompt.harmful()).hasSize(250);
        assertThat(prompts)
                .filteredOn(prompt -> prompt.set().equals("xstest_prompts"))
                .hasSize(450);
        assertThat(prompts.size()).isBetween(1400, 2400); // of 2,904 rows
    }
}
