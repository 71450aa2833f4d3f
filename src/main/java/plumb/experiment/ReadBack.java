package plumb.experiment;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import plumb.data.TrainingData;
import plumb.model.Adapter;

/**
 * The adapter that was saved is the adapter that was trained: read from its folder, it holds the same numbers and computes
 * the same logits, bit for bit. fp32 is stored exactly, so any difference is a fault.
 *
 * @param subject the model both belong to
 * @param rows a few short rows
 */
record ReadBack(Subject subject, List<int[]> rows) {
    private static final int ROWS = 3;
    private static final int TOKENS = 16;

    /** On the beginnings of the first rows of the data. */
    static ReadBack on(TrainingData data, Subject subject) {
        return new ReadBack(
                subject,
                data.examples().stream()
                        .limit(ROWS)
                        .map(example -> subject.rendering().apply(example).ids())
                        .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, TOKENS)))
                        .toList());
    }

    void requireSame(Adapter trained, Path folder) {
        try (var saved = subject.adapter(folder)) {
            if (!saved.modules().equals(trained.modules())) {
                throw differs(
                        folder,
                        "it has " + saved.modules().size() + " modules, trained were "
                                + trained.modules().size());
            }
            for (int i = 0; i < trained.parameters().size(); i++) {
                var there = saved.parameters().get(i).floats();
                if (!Arrays.equals(there, trained.parameters().get(i).floats())) {
                    throw differs(folder, "a matrix of " + trained.modules().get(i / 2) + " is another");
                }
            }
            var expected = Logits.of(subject.decoder(), trained, rows);
            if (!Arrays.equals(Logits.of(subject.decoder(), saved, rows), expected)) {
                throw differs(folder, "the matrices are the same, but not what is computed with them");
            }
        }
    }

    private static IllegalStateException differs(Path folder, String how) {
        return new IllegalStateException(
                folder + " does not read back as it was written: " + how + ". Is the disk sound?");
    }
}
