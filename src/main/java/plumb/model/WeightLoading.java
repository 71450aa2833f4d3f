package plumb.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import plumb.chat.BadInput;
import plumb.model.config.ModelConfig;
import plumb.model.safetensors.StoredTensor;
import plumb.model.safetensors.WeightFiles;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/** Finds every weight of a configuration in the files of a folder, and all that does not fit. */
final class WeightLoading {
    /** Norms and biases are checked for NaN when a folder opens; reading all of a large matrix would cost its mapping. */
    private static final long CHECKED_SIZE = 1 << 16;

    private static final int SHOWN = 5;
    private static final String NOT_FINITE = " holds NaN or infinity";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    private final Path folder;
    private final ModelConfig config;
    private final WeightFiles files;
    private final Map<String, String> stored = new LinkedHashMap<>(); // by plain name, the name in the files
    private final List<String> problems = new ArrayList<>();

    WeightLoading(Path folder, ModelConfig config, WeightFiles files) {
        this.folder = folder;
        this.config = config;
        this.files = files;
        files.names().forEach(name -> stored.put(ModelWeights.plain(name), name));
    }

    /**
     * All weights by plain name, in model order; over the mapped files where type and device allow.
     *
     * @param computed the type to compute in; none: as the embedding is stored
     * @throws BadInput naming what is missing, has no place, or has another shape
     */
    Map<String, Tensor> load(String device, Optional<Dtype> computed) {
        var shapes = ModelWeights.shapes(config);
        compareNames(shapes);
        var dtype = computed.orElseGet(
                () -> stored.containsKey(EMBEDDING) ? file(EMBEDDING).dtype() : Dtype.F32);
        var weights = new LinkedHashMap<String, Tensor>();
        shapes.forEach((name, shape) -> {
            if (stored.containsKey(name)) {
                weight(name, shape)
                        .ifPresent(weight -> weights.put(name, weight.to(dtype).to(device)));
            }
        });
        requireNoProblems();
        return weights;
    }

    private void compareNames(Map<String, List<Long>> shapes) {
        var missing = new TreeSet<>(shapes.keySet());
        missing.removeAll(stored.keySet());
        missing.forEach(name -> problems.add(name + " is missing"));
        stored.keySet().stream()
                .filter(name -> !shapes.containsKey(name) && !ModelWeights.isIgnored(name, config))
                .forEach(name -> problems.add(name + " has no place in this architecture"));
        if (config.tied() && missing.isEmpty() && stored.containsKey(HEAD)) {
            requireTied();
        }
    }

    /** Transformers 5 does not tie a head that has weights of its own. */
    private void requireTied() {
        if (file(HEAD).data().mismatch(file(EMBEDDING).data()) != -1) {
            problems.add(HEAD + " differs from the embedding although tie_word_embeddings is true: set it to false");
        }
    }

    private Optional<Tensor> weight(String name, List<Long> shape) {
        var found = file(name);
        if (!found.shape().equals(shape)) {
            problems.add(name + " has shape " + found.shape() + ", the configuration needs " + shape);
            return Optional.empty();
        }
        var weight = Tensor.over(found.data(), found.dtype(), found.sizes());
        if (weight.numel() <= CHECKED_SIZE && !weight.allFinite()) {
            problems.add(name + NOT_FINITE);
        }
        return Optional.of(weight);
    }

    private StoredTensor file(String name) {
        return files.tensor(Objects.requireNonNull(stored.get(name)));
    }

    private void requireNoProblems() {
        if (!problems.isEmpty()) {
            var shown = problems.size() > SHOWN ? problems.subList(0, SHOWN) : problems;
            boolean fit = problems.stream().allMatch(problem -> problem.endsWith(NOT_FINITE));
            var what = fit ? " are damaged: " : " do not fit its config.json: ";
            throw new BadInput("the weights in " + folder + what + String.join("; ", shown)
                    + (problems.size() > SHOWN ? "; and " + (problems.size() - SHOWN) + " more" : ""));
        }
    }
}
