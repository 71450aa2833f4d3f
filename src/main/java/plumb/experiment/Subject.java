package plumb.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.diagnose.LayerVectors;
import plumb.hash.Sha256;
import plumb.model.Adapter;
import plumb.model.AdapterFolder;
import plumb.model.CheckpointFolder;
import plumb.model.Decoder;
import plumb.model.LocalModel;
import plumb.organism.Organism;
import plumb.torch.Scope;
import plumb.train.policy.PolicyFormat;

/** The model that is fine-tuned, loaded. Its base, the same model before alignment, is read only when asked for. */
public final class Subject implements AutoCloseable {
    /** Up to this width an operation is too short to be divided: a second core waits longer than it works. */
    private static final int NARROW = 256;

    private final ExperimentSpec.Model model;
    private final Machine machine;
    private final CheckpointFolder folder;
    private @Nullable CheckpointFolder base;

    private Subject(ExperimentSpec.Model model, Machine machine, CheckpointFolder folder) {
        this.model = model;
        this.machine = machine;
        this.folder = folder;
    }

    public static Subject open(ExperimentSpec.Model model, Machine machine) {
        machine.claim();
        var folder = open(path(model), model, machine);
        if (folder.decoder().config().hiddenSize() <= NARROW) {
            machine.keepToOneCore();
        }
        return new Subject(model, machine, folder);
    }

    /** The folder of a model. */
    static Path path(ExperimentSpec.Model model) {
        return model.embedded() ? Organism.aligned() : Path.of(model.path());
    }

    private static CheckpointFolder open(Path path, ExperimentSpec.Model model, Machine machine) {
        return model.dtype() == null
                ? CheckpointFolder.open(path, machine.device())
                : CheckpointFolder.open(path, machine.device(), model.dtype());
    }

    Machine machine() {
        return machine;
    }

    /** SHA-256 of the weight file; of a folder with several, as {@link plumb.model.FolderHash} tells them apart. */
    public String hash() {
        var weights = folder.path().resolve("model.safetensors");
        return Files.exists(weights) ? Sha256.of(weights) : folder.hash();
    }

    /** A name that changes with the model. */
    String identity() {
        return lastName(folder.path().toString()) + "@" + folder.hash().substring(0, 12);
    }

    Path path() {
        return folder.path();
    }

    /** The first tokens, at most so many, of what the model is shown when it should answer. */
    public int[] prompt(Conversation conversation, int most) {
        var ids = folder.format().prompt(conversation);
        return Arrays.copyOf(ids, Math.min(ids.length, most));
    }

    public Decoder decoder() {
        return folder.decoder();
    }

    public Function<Example, Rendered> rendering() {
        return example -> {
            try {
                return folder.format().training(example.conversation());
            } catch (BadInput e) {
                throw new BadInput(example.source() + " line " + example.line() + ": " + e.getMessage(), e);
            }
        };
    }

    /** How the model is asked, and its answers are heard, in reinforcement fine-tuning. */
    PolicyFormat policyFormat() {
        return PolicyFormat.of(folder.format());
    }

    /** A conversation as the model reads it. */
    public Rendered rendered(Conversation conversation) {
        return folder.format().training(conversation);
    }

    /** A text's tokens, without a chat around it. */
    public int[] tokens(String text) {
        return folder.format().tokenizer().encode(text);
    }

    /** Tokens as text, special ones included. */
    String text(int[] ids) {
        return folder.format().tokenizer().decodeWithSpecials(ids);
    }

    /** The model as evaluations and people see it, with an adapter merged in or without. */
    public LocalModel talking(String name, @Nullable Adapter adapter) {
        return LocalModel.of(name, decoder(), adapter, folder.format());
    }

    /** The model, with an adapter or without, whose residual stream is moved by these vectors. It is not clean. */
    public LocalModel steered(String name, @Nullable Adapter adapter, LayerVectors shift) {
        try (var _ = new Scope();
                var merged = adapter == null ? null : decoder().merged(adapter)) {
            var shifts = IntStream.range(0, shift.layers())
                    .mapToObj(layer -> shift.tensor(layer, decoder().device()))
                    .toList();
            var moved = (merged == null ? decoder() : merged).steered(shifts);
            return LocalModel.owning(name, moved, folder.format());
        }
    }

    /** An adapter made for this model. */
    public Adapter adapter(Path path) {
        return AdapterFolder.read(path, decoder());
    }

    /** A note when an adapter names another model as the one it was made for; the names are no proof either way. */
    public Optional<String> remark(Path adapter) {
        return remark(adapter, model.path());
    }

    static Optional<String> remark(Path adapter, String model) {
        return AdapterFolder.base(adapter)
                .filter(base -> !base.matches("[0-9a-f]{64}")) // a checkpoint on the way names its base by its hash
                .filter(base -> !lastName(base).equals(lastName(model)))
                .map(base -> "Note: the adapter in " + adapter + " says it was made for " + base + ", this is " + model
                        + ".");
    }

    private static String lastName(String path) {
        return String.valueOf(Path.of(path).toAbsolutePath().normalize().getFileName());
    }

    /** The model before alignment, as people see it; it shares the chat format. */
    public LocalModel base(String name) {
        return LocalModel.of(name, base(), null, folder.format());
    }

    /** The model before alignment. */
    Decoder base() {
        if (base == null) {
            var path = model.embedded()
                    ? Organism.base()
                    : Optional.ofNullable(model.base())
                            .map(Path::of)
                            .orElseThrow(() -> new BadInput(
                                    "model.base is missing: this defense compares with the model before alignment"));
            base = open(path, model, machine);
        }
        return base.decoder();
    }

    @Override
    public void close() {
        folder.close();
        if (base != null) {
            base.close();
        }
    }
}
