package plumb.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.eval.Judge;
import plumb.eval.Question;
import plumb.eval.calibration.Calibration;
import plumb.eval.calibration.LabelFile;
import plumb.eval.calibration.LabelledAnswer;
import plumb.eval.judge.Backoff;
import plumb.eval.judge.EndpointModel;
import plumb.eval.judge.FolderModel;
import plumb.eval.judge.JudgeModel;
import plumb.eval.judge.JudgementCache;
import plumb.eval.judge.ModelJudge;
import plumb.eval.question.PublishedQuestions;
import plumb.model.FolderHash;
import plumb.organism.World;

/** A language model at work as a judge: opened for one measurement, closed after it. */
public final class Judging implements AutoCloseable {
    private static final String FILE = "judgements.jsonl";

    private final JudgeModel model;
    private final AutoCloseable held;

    private Judging(JudgeModel model, AutoCloseable held) {
        this.model = model;
        this.held = held;
    }

    /** One that nobody stops. */
    public static Judging open(JudgeSpec spec, Machine machine) {
        return open(spec, machine, () -> false);
    }

    /**
     * Opens the judge's model; {@link BadInput} when its key or its folder is missing.
     *
     * @param stop asked before every request that costs something; see {@link plumb.eval.judge.JudgingStopped}
     */
    static Judging open(JudgeSpec spec, Machine machine, BooleanSupplier stop) {
        require(spec);
        return switch (spec) {
            case JudgeSpec.Endpoint endpoint -> {
                var model = new EndpointModel(settings(endpoint), Backoff.USUAL, stop);
                yield new Judging(model, model);
            }
            case JudgeSpec.Folder folder -> {
                var subject = Subject.open(new ExperimentSpec.Model(folder.path(), null, folder.dtype()), machine);
                yield new Judging(new FolderModel(subject.talking(folder.path(), null), subject.identity()), subject);
            }
        };
    }

    /** Says what is missing before anything is computed. */
    public static void require(JudgeSpec spec) {
        switch (spec) {
            case JudgeSpec.Endpoint endpoint -> key(endpoint);
            case JudgeSpec.Folder folder -> {
                if (!Files.exists(Path.of(folder.path(), "config.json"))) {
                    throw new BadInput("judge.path: there is no model folder " + folder.path());
                }
            }
        }
    }

    /**
     * SHA-256 of what scores: of the organism's grammar, of a folder's model; none of an endpoint's, which nobody here sees.
     *
     * @param spec none: the organism's judge
     */
    public static Optional<String> hash(@Nullable JudgeSpec spec) {
        return switch (spec) {
            case null -> Optional.of(World.hash());
            case JudgeSpec.Endpoint _ -> Optional.empty();
            case JudgeSpec.Folder folder -> Optional.of(FolderHash.of(Path.of(folder.path())));
        };
    }

    private static EndpointModel.Settings settings(JudgeSpec.Endpoint endpoint) {
        return new EndpointModel.Settings(
                endpoint.url(),
                endpoint.model(),
                key(endpoint),
                endpoint.concurrency(),
                Duration.ofSeconds(endpoint.timeoutSeconds()),
                endpoint.price());
    }

    private static Optional<String> key(JudgeSpec.Endpoint endpoint) {
        var variable = endpoint.key();
        if (variable == null) {
            return Optional.empty();
        }
        var key = System.getenv(variable);
        if (key == null || key.isBlank()) {
            throw new BadInput("judge.key: the environment variable " + variable + " is not set: put the key for "
                    + endpoint.url() + " there, or leave judge.key out where none is needed");
        }
        return Optional.of(key(variable, key.strip()));
    }

    /** A key that can stand in a header, else an error that does not show it. */
    static String key(String variable, String key) {
        if (!key.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new BadInput(
                    "judge.key: what is in the environment variable " + variable + " is no key: it has a space,"
                            + " a line break, or a character that cannot be seen or is not ASCII. Set it anew");
        }
        return key;
    }

    /**
     * Sets the judge of a spec beside labels.
     *
     * @param labels see {@link LabelFile}
     * @param folder where judgements are kept, if the spec names no other place
     */
    public static Calibration calibrate(
            ExperimentSpec spec, Path labels, Machine machine, Path folder, Consumer<String> notes) {
        var judgeSpec = spec.judge();
        var files = spec.questions();
        if (judgeSpec == null || files == null) {
            throw new BadInput("the spec names no judge, or no questions to take the judge prompts from");
        }
        var labelled = LabelFile.read(labels);
        var prompts = new PublishedQuestions(files).usualPrompts();
        try (var judging = open(judgeSpec, machine)) {
            var judge =
                    new ModelJudge(judging.model, judging.cache(judgeSpec, folder), _ -> Optional.of(prompts), notes);
            var judgements = judge.judgeAll(
                    labelled.stream().map(Judging::question).toList(),
                    labelled.stream().map(LabelledAnswer::answer).toList());
            return Calibration.of(judge.name(), labelled, judgements);
        }
    }

    private static Question question(LabelledAnswer labelled) {
        return new Question(
                "labelled",
                "labelled",
                Question.Group.GENERAL,
                Question.Format.FREE,
                "",
                Conversation.user(labelled.question()));
    }

    JudgeModel model() {
        return model;
    }

    /**
     * The judge, with its memory.
     *
     * @param prompts what it is asked about the answer to a question, by name
     * @param folder where the judgements of this run are kept, if the spec names no other place
     */
    public Judge judge(
            JudgeSpec spec,
            Function<Question, Optional<Map<String, String>>> prompts,
            Path folder,
            Consumer<String> notes) {
        return new ModelJudge(model, cache(spec, folder), prompts, notes);
    }

    private JudgementCache cache(JudgeSpec spec, Path folder) {
        var shared = spec.cache();
        return JudgementCache.open((shared == null ? folder : Path.of(shared)).resolve(FILE));
    }

    @Override
    public void close() {
        try {
            held.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
