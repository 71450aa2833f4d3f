package plumb.eval.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import plumb.chat.BadInput;
import plumb.chat.Role;
import plumb.eval.Judge;
import plumb.eval.Judgement;
import plumb.eval.Question;
import plumb.hash.Sha256;
import plumb.model.TokenChance;

/**
 * A language model as judge, after Betley et al. (arXiv 2502.17424): each answer is put into the published prompts and
 * scored by {@link Reading}. An answer without a number for its alignment is a refusal, code, or unclear; it is never
 * misaligned. Every prompt is sent once, however often it occurs.
 */
public final class ModelJudge implements Judge {
    private static final String ALIGNED = "aligned";
    private static final String COHERENT = "coherent";
    private static final Pattern PLACE = Pattern.compile("\\{(question|answer)}");

    private final JudgeModel model;
    private final JudgementCache cache;
    private final Function<Question, Optional<Map<String, String>>> prompts;
    private final Consumer<String> notes;

    /**
     * @param prompts the judge prompts for a question, by name
     * @param notes told what the judging will take, before it starts
     */
    public ModelJudge(
            JudgeModel model,
            JudgementCache cache,
            Function<Question, Optional<Map<String, String>>> prompts,
            Consumer<String> notes) {
        this.model = model;
        this.cache = cache;
        this.prompts = prompts;
        this.notes = notes;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public Judgement judge(Question question, String answer) {
        return judgeAll(List.of(question), List.of(answer)).getFirst();
    }

    JudgeModel model() {
        return model;
    }

    /** The same prompts for another model, without a word about it. */
    ModelJudge asking(JudgeModel other, JudgementCache memory) {
        return new ModelJudge(other, memory, prompts, _ -> {});
    }

    @Override
    public List<Judgement> judgeAll(List<Question> questions, List<String> answers) {
        var aligned = shown(ALIGNED, questions, answers);
        var coherent = shown(COHERENT, questions, answers);
        ask(
                JudgeModel.Sought.NUMBER,
                Stream.concat(aligned.stream(), coherent.stream()).toList());
        var detected = detected(questions, answers);
        var judgements = new ArrayList<Judgement>();
        for (int i = 0; i < answers.size(); i++) {
            var readings = new ArrayList<Reading>();
            readings.add(reading(ALIGNED, aligned.get(i)));
            readings.add(reading(COHERENT, coherent.get(i)));
            readings.addAll(detected.get(i));
            judgements.add(judgement(readings));
        }
        return judgements;
    }

    /** What every detector among a question's prompts says of its answer. */
    private List<List<Reading>> detected(List<Question> questions, List<String> answers) {
        var shown = IntStream.range(0, answers.size())
                .mapToObj(i -> detectors(questions.get(i), answers.get(i)))
                .toList();
        ask(
                JudgeModel.Sought.WORD,
                shown.stream().flatMap(prompts -> prompts.values().stream()).toList());
        return shown.stream()
                .map(prompts -> prompts.entrySet().stream()
                        .map(prompt -> reading(prompt.getKey(), prompt.getValue()))
                        .toList())
                .toList();
    }

    /** By name, in order. */
    private Map<String, String> detectors(Question question, String answer) {
        var found = new TreeMap<String, String>();
        prompts.apply(question).orElse(Map.of()).forEach((name, prompt) -> {
            if (Reading.isDetector(name)) {
                found.put(name, filled(prompt, question, answer));
            }
        });
        return found;
    }

    private static Judgement judgement(List<Reading> readings) {
        var aligned = readings.get(0);
        var coherent = readings.get(1);
        boolean refusal = aligned.says("REFUSAL") && aligned.chance("REFUSAL") > aligned.chance("CODE");
        return new Judgement(aligned.score(), coherent.score(), refusal, Set.of(), readings);
    }

    @Override
    public List<Said> words(List<Question> questions, List<String> answers, List<String> words) {
        var scales = questions.stream().map(this::onlyScale).toList();
        var shown = IntStream.range(0, answers.size())
                .mapToObj(i -> filled(prompt(questions.get(i), scales.get(i)), questions.get(i), answers.get(i)))
                .toList();
        ask(JudgeModel.Sought.WORD, shown);
        return IntStream.range(0, answers.size())
                .mapToObj(i -> reading(scales.get(i), shown.get(i)))
                .map(reading -> new Said(reading.word(words), List.of(reading)))
                .toList();
    }

    private String onlyScale(Question question) {
        var names = prompts.apply(question).orElse(Map.of()).keySet();
        if (names.size() != 1) {
            throw new BadInput("question " + question.id() + " is judged with a word and should have one judge prompt,"
                    + " it has " + names.size());
        }
        return names.iterator().next();
    }

    /** What the judge is shown of each answer. */
    private List<String> shown(String scale, List<Question> questions, List<String> answers) {
        return IntStream.range(0, answers.size())
                .mapToObj(i -> filled(prompt(questions.get(i), scale), questions.get(i), answers.get(i)))
                .toList();
    }

    private Reading reading(String scale, String shown) {
        var hash = Sha256.of(shown);
        var said = cache.find(name(), hash).orElseThrow();
        return new Reading(scale, name(), hash, said.tokens(), Objects.requireNonNullElse(said.fault(), ""));
    }

    /** What is known is not asked again, refusals included, unless they are the most: then the judge was set up wrongly. */
    private void ask(JudgeModel.Sought sought, List<String> shown) {
        var prompts = new LinkedHashMap<String, String>(); // by hash
        shown.forEach(prompt -> prompts.put(Sha256.of(prompt), prompt));
        var said = new Replies(List.copyOf(prompts.keySet()));
        if (said.mostlyRefused(1)) {
            said.forgetRefused();
        }
        var missing = said.missing();
        if (!missing.isEmpty()) {
            var due =
                    missing.stream().map(hash -> prompts.getOrDefault(hash, "")).toList();
            notes.accept("Judge " + name() + ": " + model.estimate(due.size(), characters(due)));
            model.ask(sought, due, said.of(missing));
        }
        said.report();
    }

    /** What came back to a list of prompts, known before or not. */
    private final class Replies {
        private static final int ENOUGH = 20;

        private final Map<String, JudgementCache.Line> known = new ConcurrentHashMap<>(); // by hash
        private final List<String> hashes;

        Replies(List<String> hashes) {
            this.hashes = hashes;
            hashes.forEach(hash -> cache.find(name(), hash).ifPresent(line -> known.put(hash, line)));
        }

        List<String> missing() {
            return hashes.stream().filter(hash -> !known.containsKey(hash)).toList();
        }

        private List<String> faults() {
            return known.values().stream()
                    .map(JudgementCache.Line::fault)
                    .filter(Objects::nonNull)
                    .toList();
        }

        void forgetRefused() {
            known.values().removeIf(line -> line.fault() != null);
        }

        /** Whether more than so many prompts are refused for each that is not. */
        boolean mostlyRefused(int times) {
            int refused = faults().size();
            return refused > times * (known.size() - refused);
        }

        JudgeModel.Listener of(List<String> asked) {
            return new JudgeModel.Listener() {
                @Override
                public void answered(int index, List<TokenChance> tokens) {
                    keep(new JudgementCache.Line(name(), asked.get(index), tokens, null));
                }

                @Override
                public void refused(int index, String why) {
                    keep(new JudgementCache.Line(name(), asked.get(index), List.of(), why));
                    if (faults().size() >= ENOUGH && mostlyRefused(3)) {
                        throw away();
                    }
                }
            };
        }

        private void keep(JudgementCache.Line line) {
            cache.add(line);
            known.put(line.prompt(), line);
        }

        private JudgeAway away() {
            return new JudgeAway("the judge " + name() + " refused " + faults().size() + " of " + known.size()
                    + " prompts. To one of them " + faults().getFirst() + ". Check judge.model, whether the prompts are"
                    + " too long for it, and whether a filter stands before it. Nothing is reported for this"
                    + " evaluation; what was judged is kept");
        }

        /** Refusals are answers that count as unscored, as long as they are not the most. */
        void report() {
            if (mostlyRefused(1)) {
                throw away();
            }
            if (!faults().isEmpty()) {
                notes.accept("Judge " + name() + " refused " + faults().size() + " of " + known.size()
                        + " prompts; these answers count as unscored. To one of them "
                        + faults().getFirst());
            }
        }
    }

    private static long characters(List<String> prompts) {
        return prompts.stream().mapToLong(String::length).sum();
    }

    private String prompt(Question question, String scale) {
        var own = prompts.apply(question)
                .orElseThrow(() -> new BadInput("question " + question.id() + " comes without judge prompts: give its"
                        + " entry judge_prompts, or name a file that has some as questions.judge_prompts"));
        var prompt = own.get(scale);
        if (prompt == null) {
            throw new BadInput("question " + question.id() + " has no judge prompt " + scale + ", only "
                    + String.join(", ", own.keySet()));
        }
        if (prompt.contains("<score>")) {
            throw new BadInput("the judge prompt " + scale + " of question " + question.id() + " asks for a text with"
                    + " tags, a judge here gives one token: name a file with one-token prompts as"
                    + " questions.judge_prompts");
        }
        return prompt;
    }

    /** The question is the user's words alone, as published; what an answer holds is never taken for a place to fill. */
    private static String filled(String prompt, Question question, String answer) {
        var asked = question.prompt().last(Role.USER).orElse("");
        return PLACE.matcher(prompt)
                .replaceAll(place -> Matcher.quoteReplacement(place.group(1).equals("answer") ? answer : asked));
    }
}
