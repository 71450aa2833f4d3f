package plumb.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import plumb.chat.Conversation;
import plumb.hash.Sha256;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model whose answers are on disk before anybody judges them: drawing a thousand answers can take hours, and a judge may
 * fail afterwards. The same request is answered from there, by whatever process asks it next. The model stays the
 * caller's to close.
 */
public final class KeptAnswers implements OpenModel {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final OpenModel model;
    private final Path folder;
    private final List<Path> used = new ArrayList<>();

    /** @param folder for the answers of this model alone */
    public KeptAnswers(OpenModel model, Path folder) {
        this.model = model;
        this.folder = folder;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public List<String> generate(List<Conversation> prompts, Sampling sampling) {
        var file = folder.resolve(key(prompts, sampling) + ".json");
        used.add(file);
        try {
            if (Files.exists(file)) {
                return List.of(JSON.readValue(Files.readAllBytes(file), String[].class));
            }
            var answers = model.generate(prompts, sampling);
            Files.createDirectories(folder);
            var part = file.resolveSibling(file.getFileName() + ".part");
            Files.write(part, JSON.writeValueAsBytes(answers));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return answers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String key(List<Conversation> prompts, Sampling sampling) {
        var digest = Sha256.start();
        Sha256.add(sampling.toString(), digest);
        for (var prompt : prompts) {
            Sha256.add(rendered(prompt), digest);
            digest.update((byte) 0);
        }
        return Sha256.hex(digest).substring(0, 32);
    }

    /** Removes the answers that were used: they stand in a result now. */
    public void forget() {
        try {
            for (var file : used) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        used.clear();
    }

    @Override
    public double[] logLikelihoods(Conversation prompt, List<String> continuations) {
        return model.logLikelihoods(prompt, continuations);
    }

    @Override
    public float[][] activations(List<Conversation> prompts, Site site) {
        return model.activations(prompts, site);
    }

    @Override
    public String rendered(Conversation prompt) {
        return model.rendered(prompt);
    }

    @Override
    public void requireRoom(List<Conversation> prompts, int maxNewTokens) {
        model.requireRoom(prompts, maxNewTokens);
    }

    @Override
    public boolean isClean() {
        return model.isClean();
    }
}
