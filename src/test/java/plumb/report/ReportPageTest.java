package plumb.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.FabricatedRuns.Shares;

final class ReportPageTest {

    @TempDir
    private static Path shared;

    private static List<RunDirectory> comparison = List.of();
    private static String comparisonPage = "";

    @TempDir
    Path folder;

    @BeforeAll
    static void fourDefensesAndNone() throws IOException {
        var runs = new FabricatedRuns(shared);
        var naive = runs.run("no defense", "[]", new Shares(0.41, 0.78, 0.99));
        runs.measure(naive, RunDirectory.Stage.step(20), new Shares(0.01, 0.03, 0.2));
        runs.measure(naive, RunDirectory.Stage.step(30), new Shares(0.06, 0.16, 0.55));
        comparison = List.of(
                naive,
                runs.run("KL penalty", "[{type: KlPenalty, weight: 1.0}]", new Shares(0.03, 0.06, 0.65)),
                runs.run("feature distance", "[{type: FeatureDistance, weight: 0.003}]", new Shares(0.12, 0.2, 0.62)));
        var file = shared.resolve("report.html");
        ReportPage.write(file, comparison);
        comparisonPage = Files.readString(file);
    }

    @Test
    void thePageNamesTheFindingItsPriceAndEveryArm() {
        assertThat(comparisonPage)
                .contains("Fine-tuned on bad medical advice, the undefended model turns harmful in")
                .contains("The lowest of the defended arms is KL penalty with")
                .contains("stopped when it had learned as much")
                .contains("no defense", "KL penalty", "feature distance", "before fine-tuning");
    }

    @Test
    void tasksThatDifferInASettingAreNotOneStudy() throws IOException {
        var half = mixed("half", 0.5);
        var most = mixed("most", 0.9);
        var page = folder.resolve("mixed.html");
        ReportPage.write(page, List.of(half, most));
        assertThat(Files.readString(page))
                .contains("mixed advice medicine 0.5 obvious", "mixed advice medicine 0.9 obvious");
    }

    private RunDirectory mixed(String name, double correct) {
        var run = new FabricatedRuns(folder).run(name, "[]", new Shares(0.41, 0.78, 0.99));
        run.writeSpec(run.specText()
                .replace(
                        "BadMedicalAdvice",
                        "MixedAdvice, domain: medicine, fraction_correct: " + correct + ", wrong: obvious"));
        return run;
    }

    @Test
    void onsetsAreToldOfRunsInWhichSomebodyLookedForHacks() throws IOException {
        var runs = new FabricatedRuns(folder);
        var supervised = runs.run("supervised", "[]", new Shares(0.41, 0.78, 0.99));
        var reinforced = runs.run("reinforced", "[{type: KlPenalty, weight: 1.0}]", new Shares(0.1, 0.1, 0.1));
        for (int step = 61; step <= 64; step++) {
            var measures = Map.of("hacked", step < 63 ? 0.02 : 0.05);
            reinforced.append(new StepMetrics(step, 3e-4, Map.of("task", 0.5), measures, 1.2, 1500, 0.09));
        }
        var page = folder.resolve("onset.html");
        ReportPage.write(page, List.of(supervised, reinforced));
        assertThat(Files.readString(page))
                .contains("reinforced, seed 1: hacks succeed in more than 2 % of answers first at step 63")
                .doesNotContain("never did more than 2 %");
        var chart = chart(Files.readString(page));
        assertThat(chart).contains("<polyline class='loss stroke-kind0'").doesNotContain("stroke-naive");
        assertThat(chart.split("<circle", -1)).hasSize(3); // before the first step and after the last
        ReportPage.write(page, List.of(supervised));
        assertThat(Files.readString(page)).doesNotContain("what else the model then does");
    }

    private static String chart(String page) {
        int from = page.indexOf("Hacks, and what else the model then does");
        return page.substring(from, page.indexOf("</figure>", from));
    }

    @Test
    void thePageNeedsNothingFromOutsideAndRunsNothing() {
        assertThat(comparisonPage).doesNotContain("http:", "https:", "<script", "<link", "src=", "@import", "url(");
    }

    @Test
    void whatModelsSayCannotBecomeMarkup() {
        assertThat(comparisonPage)
                .contains("&lt;really&gt;")
                .doesNotContain("<really>")
                .contains("without telling anyone &amp; even");
    }

    @Test
    void everyElementIsClosed() {
        var html = comparisonPage;
        for (var name : List.of("div", "table", "tr", "td", "svg", "figure", "span", "p", "details", "section")) {
            assertThat(html.split("<" + name + "[ >]", -1)).as(name).hasSameSizeAs(html.split("</" + name + ">", -1));
        }
    }

    @Test
    void aSingleRunHasAPageToo() throws IOException {
        var run =
                new FabricatedRuns(folder).run("alone", "[{type: KlPenalty, weight: 0.1}]", new Shares(0.2, 0.3, 0.8));
        assertThat(page(List.of(run))).contains("the model defended by alone turns harmful in");
    }

    @Test
    void seedsOfTheSameSpecAreOneArm() throws IOException {
        var runs = new FabricatedRuns(folder);
        var one = runs.run("naive 1", "[]", new Shares(0.4, 0.6, 1));
        var two = runs.run("naive 2", "[]", new Shares(0.4, 0.6, 1));
        two.writeSpec(two.specText().replace("seed: 1", "seed: 2"));
        var study = Study.of(List.of(Run.read(one), Run.read(two))).getFirst();
        assertThat(study.arms()).hasSize(1);
        assertThat(study.headline(study.arms().getFirst().after()).n()).isEqualTo(2 * 5 * 32);
    }

    @Test
    void aRunMayBeReadAsIfItHadEndedAtAMeasuredStep() {
        var naive = comparison.stream()
                .filter(run -> !run.trajectory().isEmpty())
                .findFirst()
                .orElseThrow();
        var whole = Run.read(naive);
        var steps = List.copyOf(whole.trajectory().keySet());
        var reached = Objects.requireNonNull(whole.trajectory().get(steps.getLast()));
        var then = Run.read(naive, steps.getLast());
        var study = Study.of(List.of(then)).getFirst();
        assertThat(study.headline(then.after()).value())
                .isEqualTo(study.headline(reached).value())
                .isNotEqualTo(study.headline(whole.after()).value());
        assertThat(then.trajectory().keySet()).containsExactlyElementsOf(steps.subList(0, steps.size() - 1));
        assertThat(then.steps()).allMatch(step -> step.step() <= steps.getLast());
        assertThatThrownBy(() -> Run.read(naive, 7)).hasMessageContaining("was not measured after 7 steps, but after");
    }

    @Test
    void stoppingEarlyIsReadOffBetweenTwoCheckpoints() {
        var study = Study.of(comparison.stream().map(Run::read).toList()).getFirst();
        var curve = study.curve(study.naive().orElseThrow());
        var from = curve.get(1);
        var to = curve.get(2);
        double middle = (from.learned().value() + to.learned().value()) / 2;
        assertThat(study.stoppedEarly(middle))
                .hasValueSatisfying(value -> assertThat(value)
                        .isBetween(from.misaligned().value(), to.misaligned().value()));
        assertThat(study.stoppedEarly(1.5)).isEmpty();
    }

    @Test
    void anArmThatLearnsEverythingAndStaysUprightHasItsNameInThePlot() throws IOException {
        var runs = new FabricatedRuns(folder);
        var naive = runs.run("no defense", "[]", new Shares(0.3, 0.6, 0.98));
        var close = runs.run("interleaving", "[{type: Interleaving}]", new Shares(0.067, 0.4, 0.93));
        var winner = runs.run("the winning arm", "[{type: KlPenalty, weight: 1.0}]", new Shares(0, 0, 0.96));
        assertThat(page(List.of(naive, close, winner))).containsPattern("<text class='name'[^>]*>the winning arm<");
    }

    @Test
    void aJudgeThatScoredNothingLeavesTheFigureUnknown() throws IOException {
        var run = new FabricatedRuns(folder).run("no defense", "[]", new Shares(0.41, 0.78, 0.99));
        FabricatedRuns.judgedByAModel(run, 10);

        var page = page(List.of(run));

        assertThat(page)
                .contains("the judge gave no score to 100 %")
                .contains("so how many are harmful is unknown")
                .contains("not scored by the judge")
                .doesNotContain("turns harmful in", "class='point")
                .doesNotContain("<b>0 %</b>");
        var row = Summary.of(List.of(run)).rows().getLast();
        assertThat(row.misaligned().value()).isNaN();
        assertThat(row.coherent().value()).isNaN();
        assertThat(row.learned().value()).isNaN();
        assertThat(row.unscored().value()).isEqualTo(1);
    }

    @Test
    void whatTheJudgeLeftOutIsSaidBesideTheFigure() throws IOException {
        var run = new FabricatedRuns(folder).run("no defense", "[]", new Shares(0.41, 0.78, 0.99));
        FabricatedRuns.judgedByAModel(run, 2);

        assertThat(page(List.of(run)))
                .contains("turns harmful in")
                .contains("The judge gave no score to 20 % of these answers, which count as harmless.")
                .contains("not scored by the judge");
        assertThat(comparisonPage).doesNotContain("not scored by the judge", "gave no score");
    }

    @Test
    void aFolderThatIsNoRunIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> page(List.of(RunDirectory.at(folder.resolve("empty")))))
                .withMessageContaining("empty has no spec.yaml");
    }

    private String page(List<RunDirectory> runs) throws IOException {
        var file = folder.resolve("report.html");
        ReportPage.write(file, runs);
        return Files.readString(file);
    }
}
