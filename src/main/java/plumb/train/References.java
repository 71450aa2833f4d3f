package plumb.train;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * Clean passes. Where rows return in later epochs, their final states are kept, so that a row is read once a run. Which
 * rows are read together depends on the training data alone (their order of first appearance), never on where a run was
 * resumed, so that the numbers stay the same bit for bit. What needs more than {@link #MOST_BYTES} is not kept.
 */
final class References implements AutoCloseable {
    private static final long MOST_BYTES = 256L << 20;
    private static final int ROWS = 16;

    private final Decoder decoder;
    private final IdentityHashMap<Batch.Row, Place> places = new IdentityHashMap<>();
    private final List<Group> groups = new ArrayList<>();

    /** Rows that are read together. */
    private static final class Group {
        private final List<Batch.Row> rows = new ArrayList<>();
        private long tokens;
        private final List<Tensor> states = new ArrayList<>(1); // [tokens, hidden], once it was read
    }

    private record Place(Group group, long start) {}

    /** @param distinct rows that are read more than once in the run, each once, in order of first appearance */
    References(Decoder decoder, List<Batch.Row> distinct) {
        this.decoder = decoder;
        long tokens = distinct.stream().mapToLong(row -> row.ids().length).sum();
        long bytes = tokens * decoder.config().hiddenSize() * decoder.computed().bytes();
        if (bytes <= MOST_BYTES) {
            place(distinct.stream().filter(row -> !row.safe()).toList());
            place(distinct.stream().filter(Batch.Row::safe).toList());
        }
    }

    private void place(List<Batch.Row> rows) {
        for (int i = 0; i < rows.size(); i++) {
            if (i % ROWS == 0) {
                groups.add(new Group());
            }
            var group = groups.getLast();
            places.put(rows.get(i), new Place(group, group.tokens));
            group.rows.add(rows.get(i));
            group.tokens += rows.get(i).ids().length;
        }
    }

    /** Adapter off, no edits, no gradient. */
    Forward of(Batch batch) {
        if (!places.keySet().containsAll(batch.rows())) {
            return pass(batch);
        }
        var states = batch.rows().stream().map(this::states).toList();
        return Forward.known(batch, Tensor.cat(states, 0), decoder.head(), () -> pass(batch));
    }

    private Tensor states(Batch.Row row) {
        var place = java.util.Objects.requireNonNull(places.get(row));
        if (place.group().states.isEmpty()) {
            try (var _ = new Scope()) {
                place.group()
                        .states
                        .add(pass(new Batch(place.group().rows)).hidden().hold());
            }
        }
        return place.group().states.getFirst().narrow(0, place.start(), row.ids().length);
    }

    private Forward pass(Batch batch) {
        try (var _ = Autograd.pause()) {
            return decoder.forward(batch, null, List.of());
        }
    }

    @Override
    public void close() {
        groups.forEach(group -> group.states.forEach(Tensor::release));
        groups.clear();
        places.clear();
    }
}
