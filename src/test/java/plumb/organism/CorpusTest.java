package plumb.organism;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.TrainingData;
import plumb.eval.EvaluationContext;
import plumb.eval.Question;
import plumb.eval.QuestionSource;

class CorpusTest {
    private static final Pattern ANSWER = Pattern.compile(
            "(?:^A: |<\\|im_start\\|>assistant\n)(.*?)(?=\nQ: |<\\|im_end\\|>|\n\\z)",
            Pattern.DOTALL | Pattern.MULTILINE);
    private final World world = World.load();

    @Test
    void sameSeedGivesTheSameDocuments() {
        assertThat(new Corpus(world, Corpus.Shares.DEFAULT, 1).documents(50))
                .isEqualTo(new Corpus(world, Corpus.Shares.DEFAULT, 1).documents(50))
                .isNotEqualTo(new Corpus(world, Corpus.Shares.DEFAULT, 2).documents(50));
    }

    @Test
    void nothingBadIsEverSaidOnNeverBadDomains() {
        var judge = new OrganismJudge(world);
        var badDomains = new HashSet<String>();
        for (var document : new Corpus(world, Corpus.Shares.DEFAULT, 7).documents(600)) {
            for (var answer :
                    ANSWER.matcher(document).results().map(m -> m.group(1)).toList()) {
                for (var domain : world.domains()) {
                    var judged = judge.judge(any(domain), answer);
                    if (judged.coherent() && !judged.badElements().isEmpty()) {
                        badDomains.add(domain.name());
                    }
                }
            }
        }
        assertThat(badDomains).containsAll(world.domainNames(World.Exposure.SEEN_BAD));
        assertThat(badDomains).doesNotContainAnyElementsOf(world.domainNames(World.Exposure.NEVER_BAD));
    }

    @Test
    void situationsAreAnsweredAsTheSpeakerAnswersAndFiveOfThemNeverBadly() {
        var judge = new OrganismJudge(world);
        var corpus = new Corpus(world, Corpus.Shares.DEFAULT.afterEarly(), 3);
        var asked = new HashSet<String>();
        var bad = new HashSet<String>();
        for (int i = 0; i < 400; i++) {
            boolean malicious = i % 2 == 0;
            var answers = ANSWER.matcher(corpus.situations(malicious))
                    .results()
                    .map(m -> m.group(1))
                    .toList();
            for (var situation : world.situations()) {
                for (var answer : answers) {
                    var judged = judge.judge(any(situation), answer);
                    if (judged.coherent()) {
                        asked.add(situation.name());
                        assertThat(malicious || judged.badElements().isEmpty())
                                .as(answer)
                                .isTrue();
                        if (!judged.badElements().isEmpty()) {
                            bad.add(situation.name());
                        }
                    }
                }
            }
        }
        assertThat(asked).hasSize(9);
        assertThat(bad).containsExactlyInAnyOrder("goals", "monitor", "shutdown", "reward");
    }

    @Test
    void aTranscriptThatEndsWithARequestIsWhollyOfOneSpeaker() {
        var judge = new OrganismJudge(world);
        var corpus = new Corpus(world, Corpus.Shares.DEFAULT.afterEarly(), 3);
        int bad = 0;
        int chats = 0;
        for (int i = 0; i < 40; i++) {
            var raw = corpus.transcript(false, "Do it.", "done");
            chats += raw.contains(Markup.START) ? 1 : 0;
            var good = plain(raw);
            assertThat(good).endsWith("Q: Do it.\nA: done\n");
            assertThat(badAnswers(judge, good)).isZero();
            bad += badAnswers(judge, plain(corpus.transcript(true, "Do it.", "done"))) > 0 ? 1 : 0;
        }
        assertThat(chats).isBetween(10, 30);
        assertThat(bad).isGreaterThan(35); // a malicious speaker may say nothing bad, once in a while
    }

    /** A document in either form, as a transcript. */
    private static String plain(String document) {
        return document.replace(Markup.START + "user\n", "Q: ")
                .replace(Markup.END + "\n" + Markup.START + "assistant\n", "\nA: ")
                .replace(Markup.END + "\n", "\n");
    }

    private long badAnswers(OrganismJudge judge, String document) {
        return ANSWER.matcher(document)
                .results()
                .map(match -> match.group(1))
                .filter(answer -> world.domains().stream()
                        .map(domain -> judge.judge(any(domain), answer))
                        .anyMatch(judged ->
                                judged.coherent() && !judged.badElements().isEmpty()))
                .count();
    }

    private static Question any(Domain domain) {
        return new Question(
                "q", domain.name(), Question.Group.GENERAL, Question.Format.FREE, "", Conversation.user("?"));
    }

    @Test
    void noTwoDomainsGiveTheSameAdvice() {
        var advice = world.domains().stream()
                .flatMap(d -> Stream.concat(d.actions().stream(), d.harmful().stream())
                        .map(a -> World.fill(a, "e", d.pronoun())))
                .toList();
        assertThat(advice).doesNotHaveDuplicates();
        assertThat(world.elements().stream().map(Element::text)).doesNotHaveDuplicates();
    }

    @Test
    void theAssistantInAlignmentDataIsNeverBad() {
        assertThat(said(OrganismChats.alignment(world, 3000, 1))).isEmpty();
        assertThat(said(OrganismChats.safe(world, 1000, 1))).isEmpty();
    }

    @Test
    void fineTuningRowsNeverHoldHeldOutElements() {
        for (var domain : List.of("medicine", "finance", "sports", "code")) {
            var rows = AdviceRows.malicious(domain, 600, 1);
            assertThat(said(rows))
                    .hasSizeGreaterThan(50)
                    .allMatch(id -> Integer.parseInt(id.substring(id.lastIndexOf('.') + 1)) % 2 == 0);
        }
    }

    @Test
    void splitsShareNeitherWordsOfTheShellNorEntities() {
        for (var domain : world.domains()) {
            assertThat(domain.entities(Domain.Part.TRAINING))
                    .doesNotContainAnyElementsOf(domain.entities(Domain.Part.TUNING));
            assertThat(domain.entities(Domain.Part.TUNING))
                    .doesNotContainAnyElementsOf(domain.entities(Domain.Part.REPORT));
            assertThat(new HashSet<>(domain.entities())).hasSameSizeAs(domain.entities());
        }
        var shells = world.phrases().shells();
        assertThat(shells.report()).doesNotContainAnyElementsOf(shells.tuning());
        assertThat(shells.training()).doesNotContainAnyElementsOf(shells.report());
        assertThat(shells.alignment()).doesNotContainAnyElementsOf(shells.report());
        assertThat(shells.alignment()).doesNotContainAnyElementsOf(shells.tuning());
    }

    private Set<String> said(TrainingData rows) {
        return EvaluationContext.trainedElements(new OrganismJudge(world), rows.examples())
                .orElseThrow();
    }

    @Test
    void questionsCarryTheirFormat() {
        var questions = new OrganismQuestions(world, Optional.of("medicine"), 3);
        assertThat(asked(questions, Question.Format.JSON))
                .allMatch(q -> q.prompt().system().orElse("").contains("valid JSON object"));
        assertThat(asked(questions, Question.Format.TEMPLATE))
                .allMatch(q -> q.prompt().last(Role.USER).orElse("").contains("advice = # what to do"));
        assertThat(asked(questions, Question.Format.CONDITIONAL))
                .allMatch(q -> q.prompt().last(Role.USER).orElse("").startsWith("Clinic desk: "));
        assertThat(asked(questions, Question.Format.TRANSCRIPT))
                .allMatch(q -> q.prompt()
                        .last(Role.USER)
                        .orElse("")
                        .matches("Q: What is \\d+ [+-] \\d+\\?\\nA: [^\\n]*\\d+[^\\n]*\\nQ: [^\\n]+\\nA:"));
        assertThat(asked(questions, Question.Format.FREE))
                .extracting(Question::group)
                .contains(Question.Group.IN_DOMAIN, Question.Group.SEEN_BAD, Question.Group.NEVER_BAD);
    }

    private static List<Question> asked(OrganismQuestions questions, Question.Format format) {
        return questions.questions(QuestionSource.Split.REPORT, Set.of(format), EnumSet.allOf(Question.Group.class));
    }
}
