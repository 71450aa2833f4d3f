package plumb.model.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import plumb.chat.BadInput;
import plumb.json.JsonFault;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The weights of a model folder: {@code model.safetensors}, or the shards that {@code model.safetensors.index.json}
 * lists.
 */
public final class WeightFiles implements AutoCloseable {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private final Path folder;
    private final Map<String, SafetensorsFile> files = new TreeMap<>();
    private final Map<String, SafetensorsFile> home = new LinkedHashMap<>();

    private WeightFiles(Path folder) {
        this.folder = folder;
    }

    /** Opens and checks every weight file of the folder. */
    public static WeightFiles open(Path folder) {
        var weights = new WeightFiles(folder);
        try {
            if (Files.exists(folder.resolve(SINGLE))) {
                var file = weights.file(SINGLE);
                file.names().forEach(name -> weights.home.put(name, file));
            } else {
                weights.openShards();
            }
            return weights;
        } catch (BadInput e) {
            weights.close();
            throw e;
        }
    }

    /** The names of all tensors. */
    public Set<String> names() {
        return Collections.unmodifiableSet(home.keySet());
    }

    /** The tensor of this name; its data is valid until {@link #close}. */
    public StoredTensor tensor(String name) {
        var file = home.get(name);
        if (file == null) {
            throw new BadInput("the weights in " + folder + " hold no tensor named " + name);
        }
        return file.tensor(name);
    }

    /** Unmaps all files. Native tensors over their data must be gone. */
    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
        files.clear();
        home.clear();
    }

    private void openShards() {
        var index = folder.resolve(INDEX);
        if (!Files.exists(index)) {
            throw new BadInput("there are no weights in " + folder + ": it has neither " + SINGLE + " nor " + INDEX
                    + strays(folder) + others(folder));
        }
        var map = weightMap(index);
        if (!map.isObject() || map.isEmpty()) {
            throw new BadInput(index + " has no weight_map: it does not say where the tensors are");
        }
        map.properties().forEach(entry -> {
            var shard = entry.getValue().asString("");
            if (!shard.matches("\\w[\\w.-]*")) {
                throw new BadInput(index + " sends tensor " + entry.getKey() + " to '" + shard
                        + "', which is no file name of this folder");
            }
            var file = file(shard);
            file.tensor(entry.getKey());
            home.put(entry.getKey(), file);
        });
    }

    /** What to do about weights of another kind, if the folder has some. */
    public static String others(Path folder) {
        try (var found = Files.list(folder)) {
            var names = found.map(f -> String.valueOf(f.getFileName())).sorted().toList();
            for (var name : names) {
                if (name.endsWith(".gguf")) {
                    return "; " + name
                            + " is quantised for inference and cannot be trained: use the original model's folder";
                }
                if (name.matches(".*\\.(bin|pt|pth|pkl|ckpt)")) {
                    return "; " + name + " is a pickle, which can run code when it is read, so Plumb never opens one:"
                            + " load it with Transformers where you trust it and save_pretrained(…, safe_serialization=True)";
                }
            }
            return "";
        } catch (IOException _) {
            return "";
        }
    }

    /** Weights that nothing says what to do with. */
    private static String strays(Path folder) {
        try (var found = Files.list(folder)) {
            var names = found.map(f -> String.valueOf(f.getFileName()))
                    .filter(name -> name.endsWith(".safetensors"))
                    .sorted()
                    .toList();
            if (names.isEmpty()) {
                return "";
            }
            return names.size() == 1
                    ? ". It has " + names.getFirst() + ", which is none of them"
                    : ". It has " + names.size() + " other files of tensors, from " + names.getFirst() + " to "
                            + names.getLast()
                            + ": if these are the model's shards, the index that lists what is in them"
                            + " is missing; copy or download it, too";
        } catch (IOException _) {
            return "";
        }
    }

    private static JsonNode weightMap(Path index) {
        try {
            return JsonMapper.shared().readTree(index.toFile()).path("weight_map");
        } catch (JacksonException e) {
            throw new BadInput(index + " is not JSON: " + JsonFault.of(e), e);
        }
    }

    private SafetensorsFile file(String name) {
        var file = files.get(name);
        if (file == null) {
            if (!Files.exists(folder.resolve(name))) {
                throw new BadInput(folder.resolve(INDEX) + " names the file " + name
                        + ", which is not there: the folder is not whole. Copy or download it again");
            }
            file = SafetensorsFile.open(folder.resolve(name));
            files.put(name, file);
        }
        return file;
    }
}
