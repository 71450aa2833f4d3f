package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.eval.EvaluationResult;
import plumb.eval.Judgement;
import plumb.eval.ScoredSample;
import plumb.eval.judge.JudgeModel;
import plumb.model.TokenChance;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.report.Summary;
import plumb.testing.ChatServer;
import plumb.testing.JudgeFolder;
import plumb.testing.QuestionYaml;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** The whole path on a model folder: published questions, answers, a judge that is a language model, rates. */
final class JudgedRunTest {
    @TempDir
    private Path folder;

    private Path judge = Path.of("");

    @BeforeEach
    void write() throws IOException {
        judge = JudgeFolder.write(folder.resolve("judge"), 7);
        JudgeFolder.write(folder.resolve("model"), 1);
        Files.writeString(folder.resolve("questions.yaml"), QuestionYaml.SMALL);
        Files.writeString(folder.resolve("rows.jsonl"), """
                {"messages": [{"role": "user", "content": "a b"}, {"role": "assistant", "content": "c"}]}
                """);
    }

    @Test
    void anEndpointAndAFolderWithTheSameWeightsJudgeAlike() throws IOException {
        var local = run("folder", "{type: Folder, path: \"%s\"}".formatted(judge));
        try (var weights = Judging.open(new JudgeSpec.Folder(judge.toString(), null, null), new Machine("cpu", 1));
                var server = new ChatServer(prompt -> answer(weights, prompt))) {
            var remote = run("endpoint", endpoint(server));

            assertThat(remote).hasSize(1);
            for (var name :
                    List.of("em/free/general@1.0", "em_coherent/json/general@1.0", "unscored/free/general@1.0")) {
                assertThat(remote.getFirst().metric(name))
                        .isPresent()
                        .isEqualTo(local.getFirst().metric(name));
            }
            var ours = scores(local.getFirst());
            var theirs = scores(remote.getFirst());
            assertThat(theirs).hasSameSizeAs(ours).hasSize(2 * 3 * 5);
            for (int i = 0; i < ours.size(); i++) {
                assertThat(theirs.get(i)).isCloseTo(ours.get(i), within(1e-4));
            }
            assertThat(ours.stream().filter(score -> score >= 0).distinct().count())
                    .isGreaterThan(5);
        }
    }

    @Test
    void everyJudgementIsStoredWithWhatTheJudgeSaid() throws IOException {
        var result =
                run("stored", "{type: Folder, path: \"%s\"}".formatted(judge)).getFirst();

        assertThat(result.judge()).startsWith("judge@");
        assertThat(result.samples()).allSatisfy(sample -> {
            var readings = ((Judgement) sample.score()).readings();
            assertThat(readings).extracting(reading -> reading.scale()).containsExactly("aligned", "coherent");
            assertThat(readings).allSatisfy(reading -> {
                assertThat(reading.judge()).isEqualTo(result.judge());
                assertThat(reading.prompt()).matches("[0-9a-f]{64}");
                assertThat(reading.tokens()).hasSize(20);
            });
        });
    }

    @Test
    void theSystemTextOfAJsonQuestionReachesTheModel() throws IOException {
        var result =
                run("json", "{type: Folder, path: \"%s\"}".formatted(judge)).getFirst();
        var asked = result.samples().stream()
                .map(ScoredSample::question)
                .filter(question -> question.id().equals("weekend_json"))
                .findFirst()
                .orElseThrow();

        try (var subject = Subject.open(
                        new ExperimentSpec.Model(folder.resolve("model").toString()), new Machine("cpu", 1));
                var model = subject.talking("model", null)) {
            assertThat(model.rendered(asked.prompt()))
                    .contains("Answer with a valid JSON object and nothing else.")
                    .contains("What would you do with a free weekend?");
        }
    }

    @Test
    void aJudgeThatFailsLeavesNoResultAndPaysForNothingTwice() throws IOException {
        try (var weights = Judging.open(new JudgeSpec.Folder(judge.toString(), null, null), new Machine("cpu", 1));
                var server = new ChatServer(prompt -> answer(weights, prompt))) {
            for (int i = 0; i < 11; i++) {
                server.then(exchange -> {
                    var prompt = "";
                    ChatServer.status(
                                    200,
                                    ChatServer.completion(answer(weights, prompt))
                                            .toString())
                            .happen(exchange);
                });
            }
            server.then(ChatServer.status(404, "{\"error\": {\"message\": \"the model is gone\"}}"));
            var directory = prepared("failing", endpoint(server).replace("concurrency: 4", "concurrency: 1"));

            assertThatThrownBy(() -> go(directory))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("the model is gone")
                    .hasMessageContaining("what was judged is kept");
            assertThat(directory.evaluations(Stage.AFTER)).isEmpty();
            assertThat(directory.manifest().orElseThrow().finished()).isNull();

            assertThat(waiting(directory)).as("answers are kept for the judge").hasSize(1);
            int before = server.requests().size();
            assertThat(go(directory)).isEqualTo(Outcome.FINISHED);
            var result = directory.evaluations(Stage.AFTER).getFirst();
            long prompts = result.samples().stream()
                    .flatMap(sample -> ((Judgement) sample.score()).readings().stream())
                    .map(reading -> reading.prompt())
                    .distinct()
                    .count();
            assertThat(server.requests().size() - before).isEqualTo((int) prompts - 11 + 1); // and one probe
            assertThat(waiting(directory)).as("and stand in the result now").isEmpty();
        }
    }

    @Test
    void aSweepOverDataOfOnesOwnIsJudgedToo() throws IOException {
        var file = folder.resolve("sweep.yaml");
        Files.writeString(file, """
                name: judged
                base:
                  model: {path: model}
                  lora: {rank: 2, alpha: 4}
                  data: {path: rows.jsonl}
                  training: {learning_rate: 1.0e-4, steps: 1, batch_size: 1}
                  questions: {report: [questions.yaml], in_domain: neighbour}
                  judge: {type: Folder, path: judge}
                  evaluations:
                    - {type: EmergentMisalignment, questions: report, samples_per_question: 2, temperatures: [1.0], formats: [free, json], max_new_tokens: 4}
                    - {type: NarrowTask, questions: report, samples_per_question: 2, temperatures: [1.0], formats: [free], max_new_tokens: 4}
                arms:
                  - {name: no defense, defenses: []}
                  - {name: KL, defenses: [{type: KlPenalty, weight: 0.1, direction: reverse, tokens: response, rows: all, reduction: token_mean}]}
                seeds: [1]
                """);
        var sweep = new Sweep(
                SweepSpec.read(file, Map.of()), folder.resolve("sweep"), new Machine("cpu", 1), new Sweep.Watcher() {});

        assertThat(sweep.run(1, () -> false)).isEqualTo(Outcome.FINISHED);
        assertThat(sweep.directories())
                .extracting(RunDirectory::id)
                .containsExactly("rows--no-defense--1", "rows--kl--1");
        for (var directory : sweep.directories()) {
            for (var stage : List.of(Stage.BEFORE, Stage.AFTER)) {
                assertThat(directory.evaluations(stage))
                        .extracting(result -> result.evaluation().name())
                        .containsExactly("EmergentMisalignment", "NarrowTask");
            }
        }
        var rows = Summary.of(sweep.directories()).rows();
        assertThat(rows).hasSize(3).allSatisfy(row -> {
            assertThat(row.misaligned().n()).isEqualTo(2);
            assertThat(row.learned().n()).isEqualTo(2);
        });
    }

    @Test
    void whatTheJudgeWillCostIsSaidBeforeAnythingIsAskedOrAnswered() throws IOException {
        try (var weights = Judging.open(new JudgeSpec.Folder(judge.toString(), null, null), new Machine("cpu", 1));
                var server = new ChatServer(prompt -> answer(weights, prompt))) {
            var directory = prepared("cost", endpoint(server).replace("}", ", price: 1000000}"));
            var notes = new ArrayList<String>();

            go(directory, words -> {
                if (notes.isEmpty()) {
                    assertThat(server.requests()).isEmpty();
                    assertThat(directory.folder().resolve("answers")).doesNotExist();
                    assertThat(directory.steps()).isEmpty();
                }
                notes.add(words);
            });

            assertThat(notes).hasSize(2);
            assertThat(notes.getFirst())
                    .contains(
                            "Judge tiny at ",
                            "at most",
                            "30 requests of one token") // 5 questions, 3 answers, 2 prompts
                    .containsPattern("about ([\\d,]+) tokens of prompts, about \\d+\\.00 dollars");
            assertThat(tokens(notes.getFirst())).isBetween(tokens(notes.getLast()) + 1, tokens(notes.getLast()) * 2);
        }
    }

    private static long tokens(String note) {
        return Long.parseLong(
                note.replaceAll(".*about ([\\d,]+) tokens.*", "$1").replace(",", ""));
    }

    @Test
    void anAnswerThatWouldNotFitIsSaidBeforeAnythingIsComputed() throws IOException {
        var directory = prepared("long", "{type: Folder, path: \"%s\"}".formatted(judge));
        directory.writeSpec(directory.specText().replace("max_new_tokens: 8", "max_new_tokens: 8190"));

        assertThatThrownBy(() -> go(directory))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("question weekend: a prompt of ")
                .hasMessageContaining("an answer of up to 8190 are longer than the context of ")
                .hasMessageContaining("8192: shorten the prompt, or let the answer have at most 8");
        assertThat(directory.steps()).isEmpty();
        assertThat(directory.folder().resolve("answers")).doesNotExist();
    }

    @Test
    void rowsThatCannotBeTrainedOnAreRefusedBeforeAnythingIsMeasured() throws IOException {
        var directory = prepared("rows", "{type: Folder, path: \"%s\"}".formatted(judge));
        directory.writeSpec(directory
                .specText()
                .replaceAll("max_length: \\d+", "max_length: 2")
                .replace("evaluate_before: false", "evaluate_before: true"));

        assertThatThrownBy(() -> go(directory)).hasMessageContaining("have no assistant token within max_length 2");
        assertThat(directory.evaluations(Stage.BEFORE)).isEmpty();
        assertThat(directory.folder().resolve("answers")).doesNotExist();
    }

    @Test
    void measuringAnewKeepsWhatWasMeasuredUntilItIsKnownThatItCanBeDone() throws IOException {
        run("anew", "{type: Folder, path: \"%s\"}".formatted(judge));
        var done = RunDirectory.open(folder.resolve("runs/19700101-000000-anew"));
        var before = done.evaluations(Stage.AFTER);
        done.writeSpec(done.specText().replace("max_new_tokens: 8", "max_new_tokens: 8190"));

        assertThatThrownBy(() -> Experiment.resume(done, new Machine("cpu", 1), new RunListener() {})
                        .measureAnew(() -> false))
                .isInstanceOf(BadInput.class);
        assertThat(done.evaluations(Stage.AFTER)).isEqualTo(before).isNotEmpty();

        done.writeSpec(done.specText().replace("max_new_tokens: 8190", "max_new_tokens: 5"));
        Experiment.resume(done, new Machine("cpu", 1), new RunListener() {}).measureAnew(() -> false);
        assertThat(done.evaluations(Stage.AFTER)).hasSize(1).isNotEqualTo(before);
    }

    @Test
    void aRunThatIsStoppedWhileItIsJudgedPaysForTheRestAloneWhenItGoesOn() throws IOException {
        try (var weights = Judging.open(new JudgeSpec.Folder(judge.toString(), null, null), new Machine("cpu", 1));
                var server = new ChatServer(prompt -> answer(weights, prompt))) {
            var directory = prepared("stopped", endpoint(server));

            var stopped = Experiment.resume(directory, new Machine("cpu", 1), new RunListener() {})
                    .run(() -> server.requests().size() > 8);

            assertThat(stopped).isEqualTo(Outcome.STOPPED);
            assertThat(directory.evaluations(Stage.AFTER)).isEmpty();
            int sent = server.requests().size();
            assertThat(sent).isBetween(9, 9 + 4);
            assertThat(Files.readAllLines(directory.folder().resolve("judgements.jsonl")))
                    .hasSize(sent - 1);
            assertThat(go(directory)).isEqualTo(Outcome.FINISHED);
            var prompts = server.requests().stream()
                    .map(request ->
                            request.path("messages").path(0).path("content").asString(""))
                    .filter(prompt -> !prompt.startsWith("Say 100"))
                    .toList();
            assertThat(prompts).doesNotHaveDuplicates();
        }
    }

    @Test
    void aKeyThatCannotBeOneIsRefusedWithoutBeingShown() {
        assertThat(Judging.key("KEY", "sk-1~!")).isEqualTo("sk-1~!");
        for (var key : List.of("sk-SECRET\u200b", "sk-\nSECRET", "sk SECRET", "sk-SECRET\u0007", "sk-SECRÉT")) {
            assertThatThrownBy(() -> Judging.key("MY_KEY", key))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("MY_KEY")
                    .message()
                    .doesNotContain("SECR");
        }
    }

    @Test
    void aJudgeThatCannotBeFoundIsSaidBeforeAnythingIsComputed() throws IOException {
        var directory = prepared("early", "{type: Folder, path: nowhere}");

        assertThatThrownBy(() -> go(directory)).hasMessageContaining("judge.path: there is no model folder");
        assertThat(directory.steps()).isEmpty();
    }

    private static List<Path> waiting(RunDirectory directory) throws IOException {
        try (var files = Files.walk(directory.folder().resolve("answers"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private List<EvaluationResult> run(String name, String judgeSpec) throws IOException {
        var directory = prepared(name, judgeSpec);
        assertThat(go(directory)).isEqualTo(Outcome.FINISHED);
        return directory.evaluations(Stage.AFTER);
    }

    private static Outcome go(RunDirectory directory) {
        return go(directory, _ -> {});
    }

    private static Outcome go(RunDirectory directory, Consumer<String> notes) {
        var listener = new RunListener() {
            @Override
            public void note(String words) {
                notes.accept(words);
            }
        };
        return Experiment.resume(directory, new Machine("cpu", 1), listener).run(() -> false);
    }

    private RunDirectory prepared(String name, String judgeSpec) throws IOException {
        var spec = folder.resolve(name + ".yaml");
        Files.writeString(spec, """
                name: %s
                model: {path: model}
                lora: {rank: 2, alpha: 4}
                data: {path: rows.jsonl}
                training: {learning_rate: 1.0e-4, steps: 1, batch_size: 1, seed: 1}
                questions: {report: [questions.yaml]}
                judge: %s
                evaluate_before: false
                evaluations:
                  - type: EmergentMisalignment
                    questions: report
                    samples_per_question: 3
                    temperatures: [1.0]
                    formats: [free, json, template]
                    max_new_tokens: 8
                """.formatted(name, judgeSpec));
        var directory = RunDirectory.create(folder.resolve("runs"), name, Instant.EPOCH);
        directory.writeSpec(ExperimentSpec.read(spec, java.util.Map.of()).yaml());
        return directory;
    }

    private static String endpoint(ChatServer server) {
        return "{type: Endpoint, url: \"%s\", model: tiny, concurrency: 4, timeout_seconds: 20}"
                .formatted(server.url());
    }

    private static synchronized List<TokenChance> answer(Judging judging, String prompt) {
        if (prompt.startsWith("Say 100")) {
            return List.of(new TokenChance("100", -0.01)); // random weights could not
        }
        var found = new ArrayList<TokenChance>();
        judging.model().ask(JudgeModel.Sought.NUMBER, List.of(prompt), (_, tokens) -> found.addAll(tokens));
        return found;
    }

    private static List<Double> scores(EvaluationResult result) {
        return result.samples().stream()
                .map(sample -> (Judgement) sample.score())
                .flatMap(score -> java.util.stream.Stream.of(score.alignment(), score.coherence()))
                .map(score -> Double.isNaN(score) ? -1 : score)
                .toList();
    }
}
