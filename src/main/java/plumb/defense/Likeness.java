package plumb.defense;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;

/**
 * How much a question is like those of a task, as the aligned model sees it (ours): the mean state of its prompt halfway
 * up, projected on the difference of the task's mean and the pool's, itself left out. A row is on the task's ground when it
 * lies no farther along than nineteen of twenty task rows do.
 */
final class Likeness {
    private static final int ROWS = 32;
    private static final double OUTSIDERS = 0.05;
    /** No larger a share of rows that ask what the task asks lies off its ground. */
    private static final double BY_CHANCE = 3 * OUTSIDERS;

    private final TrainingContext context;

    private Likeness(TrainingContext context) {
        this.context = context;
    }

    /** Those of the rows off the task's ground; none where they are so few that the task asks what all rows ask. */
    static List<Example> distant(List<Example> rows, TrainingData data, TrainingContext context) {
        var apart = new Likeness(context).line(rows, data).rows(false);
        return apart.size() > BY_CHANCE * rows.size() ? apart : List.of();
    }

    /** Those of the rows on the task's ground; the one that lies farthest along where none is. */
    static List<Example> near(List<Example> rows, TrainingData data, TrainingContext context) {
        var line = new Likeness(context).line(rows, data);
        var apart = line.rows(true);
        return apart.isEmpty() ? List.of(line.nearest()) : apart;
    }

    private Line line(List<Example> rows, TrainingData data) {
        var shape = TaskShape.of(data);
        var task = new Cloud(states(data.examples().stream()
                .filter(example -> example.kind() == Example.Kind.TASK)
                .distinct()
                .map(shape::bare)
                .toList()));
        var pool = new Cloud(states(rows));
        var taskAlong = task.along(pool, 1).stream().sorted().toList();
        return new Line(rows, pool.along(task, -1), taskAlong.get((int) (OUTSIDERS * taskAlong.size())));
    }

    /** States of one kind of rows, each of width hidden, and their mean. */
    private static final class Cloud {
        private final List<float[]> states;
        private final double[] mean;

        Cloud(List<float[]> states) {
            this.states = states;
            this.mean = Likeness.mean(states);
        }

        /**
         * How far each state lies from halfway between the means along the line from the pool's mean to the task's. A state
         * is left out of its own mean: few rows of many numbers lie apart along any line that was fitted to them.
         *
         * @param side 1 where these are the task's, −1 where they are the pool's
         */
        List<Double> along(Cloud other, int side) {
            return states.stream().map(state -> along(state, other.mean, side)).toList();
        }

        private double along(float[] state, double[] other, int side) {
            double sum = 0;
            for (int i = 0; i < mean.length; i++) {
                double rest = states.size() == 1 ? mean[i] : (mean[i] * states.size() - state[i]) / (states.size() - 1);
                sum += (state[i] - (mean[i] + other[i]) / 2) * side * (rest - other[i]);
            }
            return sum;
        }
    }

    /**
     * Rows by how far they lie along the line from the pool's mean to the task's.
     *
     * @param ground where the task's ground begins, itself included
     */
    private record Line(List<Example> rows, List<Double> along, double ground) {
        /** Rows on the ground, or those off it. */
        List<Example> rows(boolean onGround) {
            return IntStream.range(0, rows.size())
                    .filter(i -> along.get(i) >= ground == onGround)
                    .mapToObj(rows::get)
                    .toList();
        }

        /** The row that is most like the task's. */
        Example nearest() {
            return rows.get(along.indexOf(Collections.max(along)));
        }
    }

    /** The mean state of each row's prompt, halfway up: of width hidden each. */
    private List<float[]> states(List<Example> examples) {
        var rows = examples.stream().map(context.rendering()).map(this::prompt).toList();
        var states = new ArrayList<float[]>();
        try (var _ = Autograd.pause()) {
            for (int start = 0; start < rows.size(); start += ROWS) {
                try (var _ = new Scope()) {
                    var batch = new Batch(rows.subList(start, Math.min(rows.size(), start + ROWS)));
                    states.addAll(means(context.aligned().forward(batch, null, List.of())));
                }
            }
        }
        return states;
    }

    private static List<float[]> means(Forward forward) {
        var states = forward.residual((forward.layers() - 1) / 2).to(Dtype.F32); // [tokens, hidden]
        var means = new ArrayList<float[]>();
        long at = 0;
        for (var row : forward.batch().rows()) {
            means.add(states.narrow(0, at, row.ids().length).mean(0, false).floats());
            at += row.ids().length;
        }
        return means;
    }

    /** What comes before the answer, as much of it as the model can read. */
    private Batch.Row prompt(Rendered rendered) {
        int most = Math.min(rendered.ids().length, context.aligned().config().maxPositions());
        int length = 1;
        while (length < most && !rendered.mask()[length]) {
            length++;
        }
        return new Batch.Row(Arrays.copyOf(rendered.ids(), length), new boolean[length], false);
    }

    private static double[] mean(List<float[]> vectors) {
        var mean = new double[vectors.getFirst().length];
        for (var vector : vectors) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += vector[i] / (double) vectors.size();
            }
        }
        return mean;
    }
}
