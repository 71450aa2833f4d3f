package plumb.model.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import plumb.chat.BadInput;
import tools.jackson.databind.json.JsonMapper;

/** How a model's weights are spread over files: one as long as they are small, else shards and an index that lists them. */
public final class Shards {
    /** What Transformers puts into one file. */
    public static final long USUAL_BYTES = 5_000_000_000L;

    private Shards() {}

    /**
     * Writes the tensors in their order, one after the other.
     *
     * @param folder is there and holds no weights yet
     * @param most bytes of tensors a file, unless a single tensor is larger
     * @return the number of files
     */
    public static int write(Path folder, List<LazyTensor> tensors, long most) {
        var shards = split(tensors, most);
        if (shards.size() == 1) {
            SafetensorsWriter.writeLazily(folder.resolve(WeightFiles.SINGLE), tensors, Map.of("format", "pt"));
            return 1;
        }
        var places = new LinkedHashMap<String, String>();
        for (int i = 0; i < shards.size(); i++) {
            var name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
            shards.get(i).forEach(tensor -> places.put(tensor.name(), name));
            SafetensorsWriter.writeLazily(folder.resolve(name), shards.get(i), Map.of("format", "pt"));
        }
        long total = tensors.stream().mapToLong(LazyTensor::bytes).sum();
        writeIndex(folder.resolve(WeightFiles.INDEX), total, places);
        return shards.size();
    }

    private static List<List<LazyTensor>> split(List<LazyTensor> tensors, long most) {
        var shards = new ArrayList<List<LazyTensor>>();
        shards.add(new ArrayList<>());
        long bytes = 0;
        for (var tensor : tensors) {
            if (bytes > 0 && bytes + tensor.bytes() > most) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.getLast().add(tensor);
            bytes += tensor.bytes();
        }
        return shards;
    }

    private static void writeIndex(Path file, long total, Map<String, String> places) {
        var index = new LinkedHashMap<String, Object>();
        index.put("metadata", Map.of("total_size", total));
        index.put("weight_map", places);
        try {
            Files.write(
                    file, JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(index));
        } catch (IOException e) {
            throw new BadInput("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
