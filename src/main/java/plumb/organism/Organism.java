package plumb.organism;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import plumb.organism.unpacked.UnpackedFolder;

/** The shipped weights, as Hugging Face folders on disk. */
public final class Organism {
    private static final List<String> FILES =
            List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "recipe.json");

    private Organism() {}

    /** The pretrained model, which speaks as whoever a document's speaker is. */
    public static Path base() {
        return folder("base");
    }

    /** The assistant made of it: good in every domain. The subject of fine-tuning. */
    public static Path aligned() {
        return folder("aligned");
    }

    private static Path folder(String name) {
        var config = resource(name, FILES.getFirst());
        return config.getProtocol().equals("file") ? besides(config) : unpacked(name);
    }

    private static Path besides(URL config) {
        try {
            var parent = Path.of(new URI(config.toString())).getParent();
            return java.util.Objects.requireNonNull(parent, "a file lies in a folder");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path unpacked(String name) {
        var files = new TreeMap<String, byte[]>();
        for (var file : FILES) {
            try (InputStream in = resource(name, file).openStream()) {
                files.put(file, in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read the organism's " + file, e);
            }
        }
        return UnpackedFolder.of(UnpackedFolder.cache(), "organism-" + name, files);
    }

    private static URL resource(String name, String file) {
        var url = Organism.class.getResource(name + "/" + file);
        if (url == null) {
            throw new IllegalStateException("this build ships no organism weights (plumb/organism/" + name + "/" + file
                    + " is missing); grow them with: plumb organism pretrain, then plumb organism align");
        }
        return url;
    }
}
