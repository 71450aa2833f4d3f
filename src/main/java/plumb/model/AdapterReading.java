package plumb.model;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import plumb.chat.BadInput;
import plumb.model.peft.MatrixName;
import plumb.model.peft.MatrixName.Matrix;
import plumb.model.peft.PeftConfig;
import plumb.model.safetensors.SafetensorsFile;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/**
 * Fits the matrices of an adapter file to the projections of a decoder. Everything must come out even: each matrix has its
 * place, each module that the settings name has its matrices, and each matrix belongs to a module that they name.
 */
final class AdapterReading {
    private static final Set<Dtype> TYPES = Set.of(Dtype.F64, Dtype.F32, Dtype.BF16, Dtype.F16);

    private final PeftConfig config;
    private final SafetensorsFile file;
    private final Decoder decoder;
    private final Map<String, Map<Matrix, MatrixName>> found = new TreeMap<>(); // by the decoder's name of the module

    AdapterReading(PeftConfig config, SafetensorsFile file, Decoder decoder) {
        this.config = config;
        this.file = file;
        this.decoder = decoder;
    }

    Adapter adapter() {
        file.names().forEach(this::sort);
        var places = decoder.projections(LoraSettings.ALL_PROJECTIONS);
        requirePlaces(places);
        requireNamed(places);
        var modules = new LinkedHashMap<String, Adapter.Lora>();
        places.stream().filter(found::containsKey).forEach(module -> modules.put(module, lora(module)));
        var targets = modules.keySet().stream()
                .map(module -> module.substring(module.lastIndexOf('.') + 1))
                .distinct()
                .toList();
        var settings = new LoraSettings(
                config.rank(),
                config.alpha(),
                config.rslora(),
                LoraSettings.ALL_PROJECTIONS.stream().filter(targets::contains).toList());
        boolean everywhere = decoder.projections(targets).size() == modules.size();
        return new Adapter(
                settings,
                modules,
                everywhere ? settings.targets() : List.copyOf(modules.keySet()),
                decoder.config().architecture().amongOtherSenses());
    }

    private void sort(String stored) {
        var name = MatrixName.parse(stored).orElseThrow(() -> homeless(stored));
        var twin = found.computeIfAbsent(ModelWeights.plain(name.module()), _ -> new EnumMap<>(Matrix.class))
                .put(name.matrix(), name);
        if (twin != null) {
            throw new BadInput(
                    file.path() + " holds both " + twin.stored() + " and " + stored + ": it must be one adapter's");
        }
    }

    private BadInput homeless(String stored) {
        var holds = file.path() + " holds " + stored;
        if (stored.contains("embed_tokens.") || stored.contains("lm_head.")) {
            return new BadInput(holds
                    + ": an adapter on the embedding or the output head is not supported; train it on the"
                    + " projections of the blocks alone (" + String.join(", ", LoraSettings.ALL_PROJECTIONS) + ")");
        }
        if (ModelWeights.isOfOtherSenses(stored)) {
            return new BadInput(
                    holds + ": it adapts the part that sees images, which Plumb leaves alone; train it with a"
                            + " target_modules that names the text's modules only, such as "
                            + Adapter.TEXT_ONLY.formatted(String.join("|", LoraSettings.ALL_PROJECTIONS)));
        }
        return new BadInput(holds + ", which this model has no place for: was it made for another model?");
    }

    private void requirePlaces(List<String> places) {
        if (found.isEmpty()) {
            throw new BadInput(file.path() + " holds no LoRA matrices: was it made for another model?");
        }
        found.forEach((module, matrices) -> {
            var first = matrices.values().iterator().next();
            if (!places.contains(module)) {
                throw homeless(first.stored());
            }
            if (matrices.size() == 1) {
                throw new BadInput(file.path() + " holds " + first.stored()
                        + " but not the other matrix of this module: the file is not whole");
            }
        });
    }

    private void requireNamed(List<String> places) {
        if (config.targets().isEmpty()) {
            return;
        }
        var targets = config.targets().get();
        var missing = new TreeSet<String>();
        for (var module : places) {
            boolean named = targets.contains(spelled(module));
            if (named && !found.containsKey(module)) {
                missing.add(module);
            } else if (!named && found.containsKey(module)) {
                throw new BadInput(file.path() + " holds matrices for " + module
                        + ", which target_modules in its adapter_config.json does not name");
            }
        }
        if (!missing.isEmpty()) {
            throw new BadInput(
                    file.path() + " lacks the matrices of " + missing.first()
                            + (missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more modules")
                            + ", which target_modules in its adapter_config.json names: it is not whole, or was made for another model");
        }
    }

    /** A module of the decoder by the name that the file gives it: folders that also see images have longer ones. */
    private String spelled(String module) {
        var some = found.values().iterator().next().values().iterator().next().module();
        return some.substring(0, some.indexOf("layers.")) + module.substring(module.indexOf("layers."));
    }

    private Adapter.Lora lora(String module) {
        var matrices = found.getOrDefault(module, Map.of());
        var spelled = spelled(module);
        var scale = new LoraScale(config.rank(spelled), config.alpha(spelled), config.rslora());
        var shape = decoder.weight(module + ".weight").shape();
        return new Adapter.Lora(
                tensor(Objects.requireNonNull(matrices.get(Matrix.A)), scale.rank(), shape[1]),
                tensor(Objects.requireNonNull(matrices.get(Matrix.B)), shape[0], scale.rank()),
                scale);
    }

    private Tensor tensor(MatrixName name, long rows, long columns) {
        var stored = file.tensor(name.stored());
        if (!stored.shape().equals(List.of(rows, columns))) {
            throw new BadInput(file.path() + ": " + name.stored() + " has the shape " + stored.shape()
                    + ", this model needs [" + rows + ", " + columns
                    + "] at the rank of adapter_config.json: it was made for another model");
        }
        if (!TYPES.contains(stored.dtype())) {
            throw new BadInput(file.path() + ": " + name.stored() + " is of type " + stored.dtype()
                    + ", needed is one of " + new TreeSet<>(TYPES));
        }
        var mapped = Tensor.over(stored.data(), stored.dtype(), stored.sizes());
        var tensor = stored.dtype() == Dtype.F32 ? mapped.copy() : mapped.to(Dtype.F32);
        if (!tensor.allFinite()) {
            throw new BadInput(file.path() + ": " + name.stored() + " holds numbers that are not finite");
        }
        return tensor.to(decoder.device());
    }
}
