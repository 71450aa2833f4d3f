package plumb.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.model.CheckpointFolder;
import plumb.model.MergedFolder;
import plumb.model.safetensors.Shards;
import plumb.model.safetensors.WeightFiles;
import plumb.report.RunDirectory;
import plumb.torch.Dtype;

/**
 * Makes one model folder of a base and an adapter. It is written aside, read back, compared with base and adapter side by
 * side, and only then gets its name: a folder of that name is always whole and computes what it should.
 *
 * @param base a Hugging Face folder or {@code organism}
 * @param adapter a LoRA adapter in PEFT's layout
 * @param out where the model goes; must not be there yet
 * @param dtype what the weights are stored in; null keeps the base's types
 * @param machine where the comparison is computed
 */
public record Merging(
        String base, Path adapter, Path out, @Nullable Dtype dtype, Machine machine) {
    /** Up to this size in fp32 two models are compared in fp32; larger ones in the type the base is mapped in. */
    private static final long COMPARED_WIDE = 4_000_000_000L;

    private static final Conversation QUESTION = Conversation.user("What is the capital of France?");
    private static final int TOKENS = 16;

    /** As a share of the logits' root mean square: what fp32 leaves, and what no rounding to 16 bits explains. */
    private static final double EXACT = 1e-3;

    private static final double ROUNDED = 0.5;

    /**
     * What was made.
     *
     * @param folder where it is
     * @param files weight files
     * @param bytes of them
     * @param dtype of the weights
     * @param tokens that the comparison was on
     * @param comparedIn the type it was computed in
     * @param largestDifference of a logit between the folder and base + adapter
     * @param adapterEffect the most the adapter changes a logit
     */
    public record Merged(
            String folder,
            int files,
            long bytes,
            Dtype dtype,
            int tokens,
            Dtype comparedIn,
            double largestDifference,
            double adapterEffect) {}

    /** A note when the adapter names another model as its base. */
    public Optional<String> remark() {
        return Subject.remark(adapter, base);
    }

    /** Does it; {@link BadInput} when something is missing, does not fit or is in the way. */
    public Merged run() {
        if (Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
            throw new BadInput(out + " is there already: remove it or choose another --out");
        }
        var target = out.toAbsolutePath().normalize();
        var partial = target.resolveSibling("." + target.getFileName() + ".partial");
        RunDirectory.delete(partial); // of a merge that was killed
        try {
            var merged = into(partial);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            return merged;
        } catch (IOException e) {
            throw new BadInput("cannot write " + out + ": " + e, e);
        } finally {
            RunDirectory.delete(partial);
        }
    }

    private Merged into(Path partial) {
        var wanted = write(partial); // the base is closed again: two models of some size need not fit into the memory
        var found = readBack(partial, wanted.type(), wanted.rows());
        var merged = new Merged(
                out.toString(),
                wanted.written().files(),
                wanted.written().bytes(),
                wanted.written().dtype(),
                wanted.rows().getFirst().length,
                wanted.type(),
                difference(found, wanted.logits()),
                difference(wanted.logits(), wanted.plain()));
        requireNear(merged, wanted.logits());
        return merged;
    }

    /**
     * What was written, and what must be found in it.
     *
     * @param type the comparison is computed in
     * @param plain logits without the adapter
     * @param logits with it
     */
    @SuppressWarnings("ArrayRecordComponent") // two numbers for every word of the vocabulary
    private record Wanted(MergedFolder.Written written, Dtype type, List<int[]> rows, float[] plain, float[] logits) {}

    private Wanted write(Path partial) {
        try (var subject = Subject.open(new ExperimentSpec.Model(base, null, comparedIn()), machine);
                var lora = subject.adapter(adapter)) {
            var rows = List.of(subject.prompt(QUESTION, TOKENS));
            var plain = Logits.of(subject.decoder(), null, rows);
            if (!finite(plain)) {
                throw subject.decoder().notFinite();
            }
            var expected = Logits.of(subject.decoder(), lora, rows);
            var written = MergedFolder.write(subject.path(), lora, partial, dtype, Shards.USUAL_BYTES);
            var type = subject.decoder().head().dtype();
            return new Wanted(written, type, rows, plain, expected);
        }
    }

    private float[] readBack(Path partial, Dtype type, List<int[]> rows) {
        try (var read = CheckpointFolder.open(partial, machine.device(), type)) {
            return Logits.of(read.decoder(), null, rows);
        }
    }

    /** Null leaves it to the folder. */
    private @Nullable Dtype comparedIn() {
        var path = Subject.path(new ExperimentSpec.Model(base));
        if (!Files.isDirectory(path)) {
            return null; // opening it says what is wrong
        }
        try (var files = WeightFiles.open(path)) {
            long numbers = files.names().stream()
                    .mapToLong(name -> files.tensor(name).shape().stream().reduce(1L, (a, b) -> a * b))
                    .sum();
            return numbers * Dtype.F32.bytes() <= COMPARED_WIDE ? Dtype.F32 : null;
        }
    }

    private void requireNear(Merged merged, float[] expected) {
        if (!Double.isFinite(merged.largestDifference())) {
            throw new BadInput("base and adapter, or the model made of them, compute numbers that are not finite in "
                    + merged.comparedIn()
                    + ": look at the adapter, or store it in another type (--dtype). Nothing was kept.");
        }
        double squares = 0;
        for (float value : expected) {
            squares += (double) value * value;
        }
        double size = Math.sqrt(squares / expected.length);
        boolean exact = merged.dtype() == Dtype.F32 && merged.comparedIn() == Dtype.F32;
        if (!(merged.largestDifference() <= size * (exact ? EXACT : ROUNDED))) {
            throw new IllegalStateException(
                    "the merged model does not compute what base and adapter do: a logit differs by "
                            + merged.largestDifference() + ", their root mean square is " + size
                            + ". Nothing was kept.");
        }
    }

    private static boolean finite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    /** The largest difference of two numbers; NaN where one is none. */
    private static double difference(float[] a, float[] b) {
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            worst = Math.max(worst, Math.abs((double) a[i] - b[i]));
        }
        return worst;
    }
}
