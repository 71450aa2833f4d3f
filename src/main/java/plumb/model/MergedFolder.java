package plumb.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.model.config.StoredType;
import plumb.model.safetensors.LazyTensor;
import plumb.model.safetensors.Shards;
import plumb.model.safetensors.StoredTensor;
import plumb.model.safetensors.WeightFiles;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * A model folder with an adapter put into its weights. Every stored tensor is copied by its own name and only those that
 * the adapter touches are changed: W + s·B·A in fp32, rounded once. What else the folder holds is copied as it is, so this
 * knows nothing of families. One tensor is in memory at a time.
 */
public final class MergedFolder {
    private static final Set<Dtype> FLOATS = EnumSet.of(Dtype.F64, Dtype.F32, Dtype.BF16, Dtype.F16);

    /** Weights in any form, adapters (Transformers would load one on top), and what is hidden. */
    private static final Pattern NOT_COPIED = Pattern.compile(
            "\\..*|adapter_.*|.*\\.(safetensors|bin|pt|pth|ckpt|pkl|gguf|h5|msgpack|onnx)|.*\\.(safetensors|bin)\\.index\\.json");

    private static final long LOOKED_AT = 1 << 24;

    private final Path base;
    private final WeightFiles files;
    private final Adapter adapter;
    private final @Nullable Dtype dtype;

    private MergedFolder(Path base, WeightFiles files, Adapter adapter, @Nullable Dtype dtype) {
        this.base = base;
        this.files = files;
        this.adapter = adapter;
        this.dtype = dtype;
    }

    /**
     * What was written.
     *
     * @param files of weights
     * @param bytes of weights
     * @param dtype of the first weight that the adapter changed
     */
    public record Written(int files, long bytes, Dtype dtype) {}

    /**
     * Writes a folder that is not there yet.
     *
     * @param base the model folder the adapter was read for
     * @param dtype what all weights are stored in; null keeps each as the base has it
     * @param shardBytes at most so many bytes of weights a file
     */
    public static Written write(Path base, Adapter adapter, Path out, @Nullable Dtype dtype, long shardBytes) {
        try (var files = WeightFiles.open(base)) {
            makeFolder(out);
            copyOthers(base, out, dtype);
            var merged = new MergedFolder(base, files, adapter, dtype);
            var tensors = files.names().stream().map(merged::tensor).toList();
            return new Written(
                    Shards.write(out, tensors, shardBytes),
                    tensors.stream().mapToLong(LazyTensor::bytes).sum(),
                    merged.dtypeOf(adapter.modules().getFirst()));
        } catch (IOException e) {
            throw new BadInput("cannot write the merged model to " + out + ": " + e, e);
        }
    }

    private static void makeFolder(Path out) {
        try {
            Files.createDirectories(out);
        } catch (IOException e) {
            throw new BadInput(
                    "cannot make a folder in " + out.toAbsolutePath().getParent()
                            + ": it is not there, or must not be written to; choose another --out",
                    e);
        }
    }

    private static void copyOthers(Path base, Path out, @Nullable Dtype dtype) throws IOException {
        List<Path> all;
        try (var entries = Files.list(base)) {
            all = entries.toList();
        }
        for (var file : all) {
            var name = String.valueOf(file.getFileName());
            if (!Files.isRegularFile(file) || NOT_COPIED.matcher(name).matches()) {
                continue;
            }
            if (name.equals("config.json") && dtype != null) {
                Files.writeString(out.resolve(name), StoredType.replaced(Files.readString(file), dtype));
            } else {
                Files.copy(file, out.resolve(name));
            }
        }
    }

    private LazyTensor tensor(String name) {
        var stored = files.tensor(name);
        var kept = kept(stored);
        var module = module(name);
        return adapter.lora(module) == null && kept == stored.dtype()
                ? new LazyTensor(name, kept, stored.shape(), sink -> {
                    requireFinite(stored);
                    sink.take(stored.data());
                })
                : new LazyTensor(name, kept, stored.shape(), sink -> {
                    try (var _ = new Scope();
                            var _ = Autograd.pause()) {
                        sink.take(changed(stored, module, kept).memory());
                    }
                });
    }

    private Dtype kept(StoredTensor stored) {
        return dtype != null && FLOATS.contains(stored.dtype()) ? dtype : stored.dtype();
    }

    private Dtype dtypeOf(String module) {
        return files.names().stream()
                .filter(name -> module(name).equals(module))
                .map(name -> kept(files.tensor(name)))
                .findFirst()
                .orElseThrow();
    }

    private static String module(String stored) {
        return ModelWeights.plain(stored).replaceFirst("\\.weight$", "");
    }

    private Tensor changed(StoredTensor stored, String module, Dtype kept) {
        requireFinite(stored);
        var lora = adapter.lora(module);
        var weight = Tensor.over(stored.data(), stored.dtype(), stored.sizes());
        if (lora != null) {
            var wide = weight.to(stored.dtype() == Dtype.F64 ? Dtype.F64 : Dtype.F32)
                    .to(lora.a().device());
            weight = Projection.effective(wide, adapter, module);
        }
        var rounded = weight.to(kept).to("cpu").contiguous();
        if (!rounded.allFinite()) {
            throw new BadInput(stored.name() + " holds NaN, infinity, or numbers too large for " + kept
                    + "; look at the model and the adapter, or store it in another type (--dtype)");
        }
        return rounded;
    }

    /** A stretch at a time, for a look takes memory of its own. */
    private void requireFinite(StoredTensor stored) {
        if (!FLOATS.contains(stored.dtype())) {
            return;
        }
        long most = LOOKED_AT * stored.dtype().bytes();
        for (long at = 0; at < stored.data().byteSize(); at += most) {
            try (var _ = new Scope()) {
                var stretch =
                        stored.data().asSlice(at, Math.min(most, stored.data().byteSize() - at));
                if (!Tensor.over(
                                stretch,
                                stored.dtype(),
                                stretch.byteSize() / stored.dtype().bytes())
                        .allFinite()) {
                    throw new BadInput("the weights in " + base + " are damaged: " + stored.name()
                            + " holds NaN or infinity. Copy or download the folder again");
                }
            }
        }
    }
}
