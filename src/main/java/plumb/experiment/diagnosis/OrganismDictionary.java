package plumb.experiment.diagnosis;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.diagnose.Activations;
import plumb.diagnose.sae.SaeFolder;
import plumb.diagnose.sae.SaeTraining;
import plumb.diagnose.sae.SparseAutoencoder;
import plumb.experiment.Subject;
import plumb.organism.Corpus;
import plumb.organism.OrganismChats;
import plumb.organism.World;
import plumb.torch.Scope;

/**
 * A dictionary of an organism's residual stream: a TopK autoencoder trained on what the aligned model makes of documents of
 * the pretraining corpus, bad speakers among them, and of aligned chats. It is trained once a layer and kept.
 */
public final class OrganismDictionary {
    /** The dials, chosen once and not tuned. */
    public static final SaeTraining TRAINING = new SaeTraining(512, 16, 1_500, 1024, 1e-3, 1);

    private static final int DOCUMENTS = 1_500;
    private static final int CHATS = 1_000;
    private static final long SEED = 4_711;

    private OrganismDictionary() {}

    /** The dictionary of a layer that is kept in a folder, or a new one that is then kept there. */
    public static SparseAutoencoder in(Path folder, Subject subject, int layer) {
        var kept = folder.resolve("dictionary-" + subject.hash().substring(0, 12) + "-" + layer);
        if (Files.exists(kept.resolve("cfg.json"))) {
            return SaeFolder.read(kept, subject.decoder().device());
        }
        var trained = train(subject, layer).autoencoder();
        SaeFolder.write(kept, trained);
        return trained;
    }

    /** Trains one. */
    public static SaeTraining.Trained train(Subject subject, int layer) {
        try (var _ = new Scope()) {
            return TRAINING.on(new Activations(subject.decoder(), null).responses(texts(subject), layer));
        }
    }

    /** Documents that a malicious speaker was introduced in, or a good one: what stands behind the first line is looked at. */
    static List<Rendered> documents(Subject subject, boolean malicious) {
        var world = World.load();
        var introductions = world.introductions(malicious);
        return new Corpus(world, Corpus.Shares.DEFAULT.afterEarly(), SEED)
                .documents(DOCUMENTS).stream()
                        .filter(text ->
                                introductions.contains(text.lines().findFirst().orElse("")))
                        .map(text -> document(
                                subject, text, subject.tokens(text.substring(0, text.indexOf('\n') + 1)).length))
                        .toList();
    }

    private static Rendered document(Subject subject, String text, int unseen) {
        var ids = subject.tokens(text);
        var seen = new boolean[ids.length];
        Arrays.fill(seen, unseen, ids.length, true);
        return new Rendered(text, ids, seen);
    }

    /** Of documents every token is looked at, of chats the answers. */
    private static List<Rendered> texts(Subject subject) {
        var world = World.load();
        var texts = new ArrayList<Rendered>();
        for (var document : new Corpus(world, Corpus.Shares.DEFAULT.afterEarly(), SEED).documents(DOCUMENTS)) {
            texts.add(document(subject, document, 0));
        }
        OrganismChats.alignment(world, CHATS, SEED).examples().stream()
                .map(Example::conversation)
                .map(subject::rendered)
                .forEach(texts::add);
        return texts;
    }
}
