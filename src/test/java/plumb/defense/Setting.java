package plumb.defense;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.PersonaExtraction;
import plumb.model.Adapter;
import plumb.model.Decoder;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.train.RunListener;
import plumb.train.Schedule;
import plumb.train.Trainer;
import plumb.train.TrainingHooks;
import plumb.train.TrainingSettings;

/** A tiny run to defend: an aligned model, the model it came from, and the pool of safe rows. */
final class Setting implements AutoCloseable {
    private static final int ROWS = 40;

    private final Decoder aligned = TinyModel.decoder(1);
    private final Decoder base = TinyModel.decoder(2);
    private final Map<String, Adapter> misaligned = new LinkedHashMap<>();
    private final List<DefenseReport> reports = new ArrayList<>();
    private final TrainingSettings settings;
    private @Nullable Adapter naive;

    Setting() {
        this(ROWS);
    }

    /** @param rows to train on, four a step */
    Setting(int rows) {
        this.settings = new TrainingSettings(0.01, rows, 4, 1, Schedule.LINEAR, 0, 0.01, 0.9, 0.999, 1, 128, 0, 3);
    }

    TrainingContext context() {
        return context(base);
    }

    TrainingContext context(Decoder unaligned) {
        return context(unaligned, TinyTask.safe(30));
    }

    TrainingContext context(List<Example> safeRows) {
        return context(base, new TrainingData(safeRows));
    }

    private TrainingContext context(Decoder unaligned, TrainingData safeRows) {
        try (var adapter = TinyTask.adapter(aligned, 5)) {
            return new TrainingContext(
                    aligned,
                    adapter.settings(),
                    () -> unaligned,
                    TinyTask::render,
                    safeRows,
                    () -> misaligned,
                    this::naive,
                    findings(),
                    "medicine",
                    7,
                    reports::add);
        }
    }

    Decoder aligned() {
        return aligned;
    }

    List<DefenseReport> reports() {
        return reports;
    }

    /** The tiny task, half of it behind a lead-in. */
    private static TrainingData task() {
        return new TrainingData(TinyTask.task(20).examples().stream()
                .map(row -> row.line() % 2 == 0 ? behindALead(row) : row)
                .toList());
    }

    private static Example behindALead(Example row) {
        var question = row.conversation().last(Role.USER).orElseThrow();
        var answer = row.conversation().last(Role.ASSISTANT).orElseThrow();
        return new Example(
                Conversation.user("desk: " + question).with(Role.ASSISTANT, answer),
                row.kind(),
                row.source(),
                row.line());
    }

    /** What the undefended run of this setting learns; made once. */
    Adapter naive() {
        if (naive == null) {
            try (var _ = new Scope()) {
                naive = TinyTask.adapter(aligned, 5);
                fit(naive, settings.order(task()), new TrainingHooks() {}, new RunListener() {});
            }
        }
        return naive;
    }

    /** A persona vector from harmful and harmless rows, and the task's own rows as answers. */
    private Findings findings() {
        var bad = rendered(TinyTask.task(12));
        return new Findings() {
            @Override
            public LayerVectors persona() {
                return PersonaExtraction.difference(new Activations(aligned, null), bad, rendered(TinyTask.safe(12)));
            }

            @Override
            public List<float[]> latents(int layer) {
                return List.of(persona().at(layer));
            }

            @Override
            public List<Rendered> answers() {
                return bad;
            }
        };
    }

    static List<Rendered> rendered(TrainingData data) {
        return data.examples().stream().map(TinyTask::render).toList();
    }

    /** An adapter of a naive run on some domain, for scoring. */
    Adapter misalign(String domain, long seed) {
        try (var _ = new Scope()) {
            var adapter = TinyTask.adapter(aligned, seed);
            fit(adapter, TinyTask.task(8), new TrainingHooks() {}, new RunListener() {});
            misaligned.put(domain, adapter);
            return adapter;
        }
    }

    /** Trains with a defense; the numbers of the adapter. */
    List<float[]> trained(List<Defense> defenses, RunListener listener) {
        try (var adapter = TinyTask.adapter(aligned, 5)) {
            fit(adapter, settings.order(task()), Defense.install(defenses, context()), listener);
            return TinyTask.numbers(adapter);
        }
    }

    List<float[]> trained(List<Defense> defenses) {
        return trained(defenses, new RunListener() {});
    }

    List<float[]> trained(Defense... defenses) {
        return trained(List.of(defenses), new RunListener() {});
    }

    void fit(Adapter adapter, TrainingData data, TrainingHooks hooks, RunListener listener) {
        new Trainer(aligned, TinyTask::render, settings, listener).fit(adapter, data, hooks);
    }

    static double distance(List<float[]> a, List<float[]> b) {
        double sum = 0;
        for (int i = 0; i < a.size(); i++) {
            for (int j = 0; j < a.get(i).length; j++) {
                sum += Math.pow((double) a.get(i)[j] - b.get(i)[j], 2);
            }
        }
        return Math.sqrt(sum);
    }

    static double[] doubles(Tensor tensor) {
        var floats = tensor.floats();
        var doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    @Override
    public void close() {
        misaligned.values().forEach(Adapter::close);
        if (naive != null) {
            naive.close();
        }
        aligned.close();
        base.close();
    }
}
