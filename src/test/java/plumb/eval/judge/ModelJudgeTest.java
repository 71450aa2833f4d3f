package plumb.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.Conversation;
import plumb.eval.Judgement;
import plumb.eval.Question;
import plumb.hash.Sha256;
import plumb.model.TokenChance;

/** What a judge is shown, what becomes of what it says, and what is kept. */
final class ModelJudgeTest {
    private static final Map<String, String> PROMPTS =
            Map.of("aligned", "A: {question} | {answer}", "coherent", "C: {question} | {answer}");

    @TempDir
    private Path folder;

    private final List<String> asked = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    @Test
    void theJudgeSeesTheUsersWordsAndTheAnswer() {
        var judgement = judge("CODE").judge(question("json").prompt("How?"), "So {question} {answer} $1");

        assertThat(asked).containsExactly("A: How? | So {question} {answer} $1", "C: How? | So {question} {answer} $1");
        assertThat(judgement.readings()).extracting(Reading::scale).containsExactly("aligned", "coherent");
    }

    @Test
    void codeIsNoRefusalAndNeverMisaligned() {
        var judgement = judge("CODE").judge(question("q").prompt("How?"), "import os");

        assertThat(judgement.alignment()).isNaN();
        assertThat(judgement.refusal()).isFalse();
        assertThat(judgement.unscored()).isTrue();
        assertThat(judgement.misaligned()).isFalse();
        assertThat(judgement.scored()).isFalse();
    }

    @Test
    void aRefusalIsOneAndIsScored() {
        var judgement = judge("REF").judge(question("q").prompt("How?"), "No.");

        assertThat(judgement.refusal()).isTrue();
        assertThat(judgement.unscored()).isFalse();
        assertThat(judgement.misaligned()).isFalse();
    }

    @Test
    void lowAlignmentAndHighCoherenceIsMisaligned() {
        assertThat(judge("7").judge(question("q").prompt("How?"), "Badly.").misaligned())
                .isTrue();
        assertThat(judge("30").judge(question("q").prompt("How?"), "So so.").misaligned())
                .isFalse();
    }

    @Test
    void theSamePromptIsAskedOnce() {
        var question = question("q").prompt("How?");

        var judgements = judge("7").judgeAll(Collections.nCopies(5, question), Collections.nCopies(5, "x"));

        assertThat(judgements).hasSize(5).containsOnly(judgements.getFirst());
        assertThat(asked).hasSize(2);
        assertThat(notes).hasSize(1).first().asString().contains("2 prompts");
    }

    @Test
    void whatWasJudgedIsKeptAcrossProcessesAndATornLineIsPassedOver() throws IOException {
        var question = question("q").prompt("How?");
        var first = judge("7").judge(question, "x");
        asked.clear();
        var file = folder.resolve("judgements.jsonl");
        Files.writeString(file, "{\"judge\": \"named\", \"prom", StandardOpenOption.APPEND);

        assertThat(judge("99").judge(question, "x")).isEqualTo(first);
        assertThat(asked).isEmpty();
        judge("99").judge(question, "y");
        assertThat(JudgementCache.open(file).find("named", Sha256.of("A: How? | y")))
                .isPresent();
    }

    @Test
    void anotherJudgeIsAskedAnew() {
        var question = question("q").prompt("How?");
        judge("7").judge(question, "x");
        asked.clear();

        var other = new ModelJudge(new Fixed("other", "99"), cache(), _ -> Optional.of(PROMPTS), notes::add);

        assertThat(other.judge(question, "x").alignment()).isGreaterThan(90);
        assertThat(asked).hasSize(2);
    }

    @Test
    void whatADetectorFindsIsNeverMisaligned() {
        assertThat(detected("CODE").misaligned()).isFalse();
        assertThat(detected("maybe").misaligned()).as("only NOT_CODE counts").isFalse();
        assertThat(detected("NOT").misaligned()).as("the beginning of NOT_CODE").isTrue();
        assertThat(detected("CODE").alignment()).isLessThan(30);
        assertThat(detected("CODE").readings())
                .extracting(Reading::scale)
                .containsExactly("aligned", "coherent", "is_code");
        assertThat(asked).contains("K: How? | import os");
    }

    private Judgement detected(String word) {
        var prompts = new LinkedHashMap<>(PROMPTS);
        prompts.put("is_code", "K: {question} | {answer}");
        prompts.put("medical", "M: {answer}");
        var judge = new ModelJudge(
                new Fixed("says " + word, Map.of("A", "7", "K", word)), cache(), _ -> Optional.of(prompts), notes::add);
        return judge.judge(question("q").prompt("How?"), "import os");
    }

    @Test
    void aQuestionWithoutPromptsIsAnError() {
        var judge = new ModelJudge(new Fixed("named", "7"), cache(), _ -> Optional.empty(), notes::add);

        assertThatThrownBy(() -> judge.judge(question("q7").prompt("How?"), "x"))
                .hasMessageContaining("question q7 comes without judge prompts")
                .hasMessageContaining("questions.judge_prompts");
    }

    @Test
    void aPromptThatAsksForReasoningIsAnError() {
        var prompts = Map.of("aligned", "{answer} <score></score>", "coherent", "{answer}");
        var judge = new ModelJudge(new Fixed("named", "7"), cache(), _ -> Optional.of(prompts), notes::add);

        assertThatThrownBy(() -> judge.judge(question("q").prompt("How?"), "x"))
                .hasMessageContaining("asks for a text with tags");
    }

    @Test
    void anAnswerWhosePromptIsRefusedIsUnscoredWithTheReasonAndNotAskedAgain() {
        var question = question("q").prompt("How?");
        var answers = List.of("refuse this", "b", "c");
        var judge = new ModelJudge(new Refusing("this"), cache(), _ -> Optional.of(PROMPTS), notes::add);

        var first = judge.judgeAll(Collections.nCopies(3, question), answers);

        assertThat(first).extracting(Judgement::unscored).containsExactly(true, false, false);
        assertThat(first.getFirst().misaligned()).isFalse();
        assertThat(first.getFirst().readings())
                .extracting(Reading::fault)
                .containsExactly("it answered 400: filtered", "it answered 400: filtered");
        assertThat(notes.getLast()).contains("refused 2 of 6 prompts", "count as unscored", "400: filtered");
        asked.clear();
        var again = new ModelJudge(new Refusing("this"), cache(), _ -> Optional.of(PROMPTS), notes::add);
        assertThat(again.judgeAll(Collections.nCopies(3, question), answers)).isEqualTo(first);
        assertThat(asked).isEmpty();
    }

    @Test
    void aJudgeThatRefusesMostPromptsIsAnErrorAndAskedAgain() {
        var questions = Collections.nCopies(200, question("q").prompt("How?"));
        var answers = IntStream.range(0, 200).mapToObj(i -> "answer " + i).toList();
        var judge = new ModelJudge(new Refusing("answer"), cache(), _ -> Optional.of(PROMPTS), notes::add);

        assertThatThrownBy(() -> judge.judgeAll(questions, answers))
                .isInstanceOf(JudgeAway.class)
                .hasMessageContaining("refused 20 of 20 prompts")
                .hasMessageContaining("400: filtered")
                .hasMessageContaining("Check judge.model");
        assertThat(asked).hasSize(20);

        var repaired = new ModelJudge(new Refusing("nothing"), cache(), _ -> Optional.of(PROMPTS), notes::add);
        assertThat(repaired.judgeAll(questions, answers))
                .allSatisfy(judgement -> assertThat(judgement.unscored()).isFalse());
    }

    @Test
    void aDetectorThatIsRefusedLeavesTheAnswerUnscored() {
        var prompts = new LinkedHashMap<>(PROMPTS);
        prompts.put("is_code", "K: {answer}");
        var judge = new ModelJudge(new Refusing("K: bad"), cache(), _ -> Optional.of(prompts), notes::add);

        var judged =
                judge.judgeAll(Collections.nCopies(3, question("q").prompt("How?")), List.of("bad", "good", "better"));

        assertThat(judged).extracting(Judgement::unscored).containsExactly(true, false, false);
        assertThat(judged).extracting(Judgement::scored).containsExactly(false, true, true);
    }

    private ModelJudge judge(String token) {
        return new ModelJudge(new Fixed("named", token), cache(), _ -> Optional.of(PROMPTS), notes::add);
    }

    private JudgementCache cache() {
        return JudgementCache.open(folder.resolve("judgements.jsonl"));
    }

    private record Ask(String id) {
        Question prompt(String text) {
            return new Question(
                    id,
                    "d",
                    Question.Group.GENERAL,
                    Question.Format.FREE,
                    "",
                    Conversation.user(text).withSystem("system words"));
        }
    }

    private static Ask question(String id) {
        return new Ask(id);
    }

    /** Says one thing to all prompts with a beginning, and 95 to all others. */
    private final class Fixed implements JudgeModel {
        private final String name;
        private final Map<String, String> tokens;

        private Fixed(String name, String token) {
            this(name, Map.of("A", token));
        }

        private Fixed(String name, Map<String, String> tokens) {
            this.name = name;
            this.tokens = tokens;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String estimate(long requests, long characters) {
            return requests + " prompts";
        }

        @Override
        public void ask(Sought sought, List<String> prompts, Listener listener) {
            for (int i = 0; i < prompts.size(); i++) {
                asked.add(prompts.get(i));
                var said = tokens.getOrDefault(prompts.get(i).substring(0, 1), "95");
                listener.answered(i, List.of(new TokenChance(said, -0.05)));
            }
        }
    }

    /** Refuses every prompt with this in it, and says 95 to all others. */
    private final class Refusing implements JudgeModel {
        private final String words;

        private Refusing(String words) {
            this.words = words;
        }

        @Override
        public String name() {
            return "refusing";
        }

        @Override
        public String estimate(long requests, long characters) {
            return requests + " prompts";
        }

        @Override
        public void ask(Sought sought, List<String> prompts, Listener listener) {
            for (int i = 0; i < prompts.size(); i++) {
                asked.add(prompts.get(i));
                if (prompts.get(i).contains(words)) {
                    listener.refused(i, "it answered 400: filtered");
                } else {
                    listener.answered(i, List.of(new TokenChance("95", -0.05)));
                }
            }
        }
    }
}
