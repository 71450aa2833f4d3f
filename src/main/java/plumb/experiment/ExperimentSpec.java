package plumb.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.defense.Defense;
import plumb.eval.Evaluation;
import plumb.eval.question.QuestionSettings;
import plumb.model.LoraSettings;
import plumb.report.Formats;
import plumb.report.RunDirectory;
import plumb.task.Task;
import plumb.torch.Dtype;
import plumb.train.NegativePreference;
import plumb.train.Schedule;
import plumb.train.TrainingSettings;
import plumb.train.policy.PolicySettings;
import tools.jackson.databind.JsonNode;

/**
 * What an experiment is, as pure data: which model is fine-tuned on what, how it is defended, and how it is measured. In
 * YAML every key is checked; what changes the science (learning rate, seed, strengths, sample counts) has no default. The
 * few defaults there are, the recipe of Betley et al. (arXiv 2502.17424), are written out in the spec saved with a run.
 *
 * @param name of the arm, as tables and plots show it
 * @param model what is fine-tuned
 * @param lora the adapter that is trained
 * @param task one of the built-in tasks; give this or {@code data}
 * @param data a chat JSONL file of one's own
 * @param training how
 * @param reinforcement trains on answers of the model itself, graded by the task's environment; none: on the rows
 * @param unlearning makes the task's answers less likely instead of learning them; none: they are learned
 * @param defenses what protects the model, in the order they take part
 * @param earlyStopping whether the run ends, in effect, before misalignment begins; none: at its last step
 * @param safeRows where interleaving finds its safe rows; the organism has its own
 * @param personaVectors vectors that {@code plumb persona extract} wrote, for defenses and the monitor; the organism has its own
 * @param monitor watches the persona's projection while training; absent: nobody does
 * @param evaluations what is measured, before and after
 * @param questions published question files to ask from; the organism has its own questions
 * @param judge who scores the answers; the organism has its own judge
 * @param evaluateBefore whether the model is measured before training, too
 * @param evaluateCheckpoints whether every checkpoint is measured: the run's early-stopping curve
 */
public record ExperimentSpec(
        String name,
        Model model,
        LoraSettings lora,
        @Nullable Task task,
        @Nullable Rows data,
        Training training,
        @Nullable PolicySettings reinforcement,
        @Nullable NegativePreference unlearning,
        List<Defense> defenses,
        @Nullable EarlyStopping earlyStopping,
        @Nullable Rows safeRows,
        @Nullable String personaVectors,
        @Nullable Monitor monitor,
        List<Evaluation> evaluations,
        @Nullable QuestionSettings questions,
        @Nullable JudgeSpec judge,
        boolean evaluateBefore,
        boolean evaluateCheckpoints) {

    private static final Set<Dtype> COMPUTED_IN = EnumSet.of(Dtype.F32, Dtype.BF16, Dtype.F16);

    private static final String DEFAULTS = """
            lora:
              rslora: true
              targets: [q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]
            training:
              accumulation: 1
              schedule: linear
              warmup_steps: 5
              weight_decay: 0.01
              beta1: 0.9
              beta2: 0.999
              max_grad_norm: 1.0
              max_length: 2048
              checkpoint_every: 0
            defenses: []
            evaluate_before: true
            evaluate_checkpoints: false
            """;

    /** Completes what is there, and adds nothing that is not. */
    private static final String DEFAULTS_WITHIN = """
            questions:
              report: []
              tuning: []
              leave_out: []
            """;

    /**
     * Which model.
     *
     * @param path {@code organism} for the embedded one, or a Hugging Face folder, which may be an organism grown anew
     * @param base the same model before alignment, for defenses that compare; the organism has its own
     * @param dtype what the frozen weights are computed in; none: as the folder stores them. Adapters are always fp32
     */
    public record Model(
            String path, @Nullable String base, @Nullable Dtype dtype) {
        public Model {
            if (dtype != null && !COMPUTED_IN.contains(dtype)) {
                throw new IllegalArgumentException("dtype must be one of f32, bf16 and f16");
            }
        }

        /** A model as its folder stores it. */
        public Model(String path) {
            this(path, null, null);
        }

        /** Whether this is the organism that ships. */
        public boolean embedded() {
            return path.equals("organism");
        }

        /** Whether this is an organism, of any seed: it lives in the world that the built-in judge knows. */
        public boolean organism() {
            return embedded() || Files.exists(Path.of(path, "recipe.json"));
        }
    }

    /**
     * Rows from a file.
     *
     * @param path of a chat JSONL file; {@code none} for rows nobody knows, of what was trained elsewhere
     */
    public record Rows(String path) {}

    /**
     * What to watch of the persona.
     *
     * @param layer where, from 0
     * @param every so many steps
     */
    public record Monitor(int layer, int every) {
        public Monitor {
            if (layer < 0 || every < 1) {
                throw new IllegalArgumentException(
                        "needs a layer of at least 0 and every of at least 1, got " + layer + " and " + every);
            }
        }
    }

    /**
     * How to train; see {@link TrainingSettings} for the meaning of each.
     *
     * @param steps optimizer steps; give this or {@code epochs}
     * @param epochs passes over the rows
     */
    public record Training(
            double learningRate,
            @Nullable Integer steps,
            @Nullable Integer epochs,
            int batchSize,
            int accumulation,
            Schedule schedule,
            int warmupSteps,
            double weightDecay,
            double beta1,
            double beta2,
            double maxGradNorm,
            int maxLength,
            int checkpointEvery,
            long seed) {
        public Training {
            if ((steps == null) == (epochs == null)) {
                throw new IllegalArgumentException(
                        "needs either steps or epochs, got " + (steps == null ? "none" : "both"));
            }
            if ((steps != null && steps < 1) || (epochs != null && epochs < 1)) {
                throw new IllegalArgumentException(
                        "steps and epochs must be at least 1, got " + (steps != null ? steps : epochs));
            }
            var _ = new TrainingSettings(
                    learningRate,
                    1,
                    batchSize,
                    accumulation,
                    schedule,
                    warmupSteps,
                    weightDecay,
                    beta1,
                    beta2,
                    maxGradNorm,
                    maxLength,
                    checkpointEvery,
                    seed);
        }

        /** What the trainer needs to know, for data of so many rows. */
        TrainingSettings settings(int rows) {
            return new TrainingSettings(
                    learningRate,
                    steps != null ? steps * batchSize * accumulation : rows * Objects.requireNonNull(epochs),
                    batchSize,
                    accumulation,
                    schedule,
                    warmupSteps,
                    weightDecay,
                    beta1,
                    beta2,
                    maxGradNorm,
                    maxLength,
                    checkpointEvery,
                    seed);
        }
    }

    /**
     * The cheap defense that all others must beat: keep the last checkpoint before misalignment begins. It is told by the
     * share of misaligned answers outside the task's domain, on the tuning questions, which are never reported.
     *
     * @param most the share of misaligned answers that is still put up with
     */
    public record EarlyStopping(double most) {
        public EarlyStopping {
            if (!(most >= 0 && most <= 1)) {
                throw new IllegalArgumentException("most must be between 0 and 1, got " + most);
            }
        }
    }

    public ExperimentSpec {
        defenses = List.copyOf(defenses);
        evaluations = List.copyOf(evaluations);
        if ((task == null) == (data == null)) {
            throw new IllegalArgumentException("needs either a task or data, got " + (task == null ? "none" : "both"));
        }
        if (earlyStopping != null && training.checkpointEvery() == 0) {
            throw new IllegalArgumentException(
                    "early_stopping chooses among checkpoints: set training.checkpoint_every");
        }
        if (earlyStopping != null && evaluations.isEmpty()) {
            throw new IllegalArgumentException("early_stopping measures misalignment: evaluations must not be empty");
        }
        if (reinforcement != null && (task == null || task.environment().isEmpty())) {
            throw new IllegalArgumentException(
                    "reinforcement needs a task with an environment that grades answers: ProgramTests or Mbpp");
        }
        for (var defense : defenses) {
            if (reinforcement != null && !defense.suitsReinforcement()) {
                throw new IllegalArgumentException(
                        defense.getClass().getSimpleName()
                                + " cannot take part in reinforcement: its rows would be one step behind the last prompts; train them afterwards, on the adapter's merged model");
            }
        }
        if (reinforcement != null && training.steps() == null) {
            throw new IllegalArgumentException("reinforcement asks anew in every step: set training.steps, not epochs");
        }
        if (reinforcement != null && unlearning != null) {
            throw new IllegalArgumentException("reinforcement and unlearning are two aims: give one of them");
        }
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be empty");
        }
    }

    /**
     * Reads a spec file.
     *
     * @param overrides values that replace or add to those of the file, by path: {@code training.seed} to {@code 2}
     */
    public static ExperimentSpec read(Path file, Map<String, String> overrides) {
        try {
            var folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("."));
            return of(SpecTree.parse(Files.readString(file), file.toString())
                    .with(overrides)
                    .located(folder));
        } catch (NoSuchFileException e) {
            throw new BadInput("there is no spec " + file, e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /**
     * Reads a spec.
     *
     * @param source what to call it in messages
     * @throws BadInput naming every problem by its path
     */
    public static ExperimentSpec parse(String yaml, String source) {
        return of(SpecTree.parse(yaml, source));
    }

    /** A service's list of defenses, with {@code recommended}, where it is among them, as what it stands for. */
    public static List<JsonNode> defenses(List<JsonNode> written) {
        return SpecTree.written(written);
    }

    /**
     * Looks at the defenses a policy requires, before there is a job's spec to hold them.
     *
     * @param source what to call the policy in messages
     * @throws BadInput naming every problem by its path
     */
    public static void requireDefenses(List<JsonNode> required, String source) {
        var policy = Formats.YAML.createObjectNode();
        policy.putArray("required_defenses").addAll(required);
        new SpecTree(policy, source).bind(Required.class);
    }

    private record Required(List<Defense> requiredDefenses) {}

    /** What a run was saved with; {@link BadInput} where that is not right any more. */
    public static ExperimentSpec of(RunDirectory run) {
        return parse(run.specText(), run.spec().toString());
    }

    /**
     * The spec for a file of one's own where none is given: the organism, LoRA, one epoch, and the broad questions; on another
     * model the published recipe, and nothing measured, for which questions and a judge would have to be named.
     */
    public static ExperimentSpec ownData(Map<String, String> overrides) {
        var path = overrides.get("model.path");
        boolean organism = path == null || new Model(path).organism();
        return of(SpecTree.resource(organism ? "own-data.yaml" : "own-model.yaml")
                .with(overrides)
                .located(Path.of("").toAbsolutePath()));
    }

    private static ExperimentSpec of(SpecTree given) {
        return given.withDefaults(DEFAULTS).withDefaultsInside(DEFAULTS_WITHIN).bind(ExperimentSpec.class);
    }

    /** The same training on another task, without defenses and without measurements. */
    ExperimentSpec undefended(Task other) {
        return undefended(other, null);
    }

    /** The same training without defenses and without measurements. */
    ExperimentSpec undefended() {
        return undefended(task, data);
    }

    private ExperimentSpec undefended(@Nullable Task trained, @Nullable Rows rows) {
        return new ExperimentSpec(
                "no defense",
                model,
                lora,
                trained,
                rows,
                training,
                trained != null && trained.environment().isPresent() ? reinforcement : null,
                unlearning,
                List.of(),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                false,
                false);
    }

    /** With nothing left to defaults; reads back as the same spec. */
    public String yaml() {
        return Formats.YAML.writeValueAsString(this);
    }
}
