package plumb.model;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import plumb.torch.Tensor;

/**
 * Rows that begin alike: the tokens they share stand once, in front of what each goes on with. A token sees the shared
 * ones and those of its own row, at the places it would have if the row were written out.
 */
final class Branches {
    private final Batch trunk;
    private final Batch branches;
    private final AttentionLayout trunkLayout;
    private final AttentionLayout branchLayout;
    private final String device;

    /** @param shared how many tokens all rows begin with, at least 1; every row goes on behind them */
    Branches(List<int[]> rows, int shared, Decoder decoder) {
        this.device = decoder.device();
        this.trunk = batch(List.of(java.util.Arrays.copyOf(rows.getFirst(), shared)));
        this.branches = batch(rows.stream()
                .map(row -> java.util.Arrays.copyOfRange(row, shared, row.length))
                .toList());
        this.trunkLayout = new AttentionLayout(trunk, decoder.config(), device);
        this.branchLayout = new AttentionLayout(branches, decoder.config(), device, shared);
    }

    private static Batch batch(List<int[]> rows) {
        return new Batch(rows.stream()
                .map(ids -> new Batch.Row(ids, new boolean[ids.length], false))
                .toList());
    }

    int longest() {
        return trunk.tokens() + branches.longest();
    }

    /** [shared + branches] */
    Tensor ids() {
        return Tensor.cat(List.of(trunk.ids(device), branches.ids(device)), 0);
    }

    /** Each token's place in its row: [shared + branches] */
    Tensor positions() {
        int shared = trunk.tokens();
        var places = LongStream.concat(
                        LongStream.range(0, shared),
                        branches.rows().stream()
                                .flatMapToLong(row ->
                                        IntStream.range(0, row.ids().length).mapToLong(i -> (long) shared + i)))
                .toArray();
        return Tensor.of(places, places.length).to(device);
    }

    /** [shared + branches, heads · headDim] */
    Tensor attend(Block.Heads heads, int window) {
        int shared = trunk.tokens();
        int rest = branches.tokens();
        var keys = trunkLayout.keys(heads.keys().narrow(0, 0, shared)); // [kvHeads, shared, headDim]
        var values = trunkLayout.keys(heads.values().narrow(0, 0, shared));
        var trunkOut = trunkLayout.attend(heads.queries().narrow(0, 0, shared), keys, values, window);
        var branchOut = branchLayout.attend(
                heads.queries().narrow(0, shared, rest),
                behind(keys, branchLayout.keys(heads.keys().narrow(0, shared, rest))),
                behind(values, branchLayout.keys(heads.values().narrow(0, shared, rest))),
                window);
        return Tensor.cat(List.of(trunkOut, branchOut), 0);
    }

    /** The shared ones in front of every row's own: [rows · kvHeads, shared + length, headDim] */
    private Tensor behind(Tensor sharedOnes, Tensor own) {
        long rows = branches.rows().size();
        long kvHeads = sharedOnes.size(0);
        var spread = sharedOnes
                .view(1, kvHeads, sharedOnes.size(1), sharedOnes.size(2))
                .expand(rows, kvHeads, sharedOnes.size(1), sharedOnes.size(2))
                .reshape(rows * kvHeads, sharedOnes.size(1), sharedOnes.size(2));
        return Tensor.cat(List.of(spread, own), 1);
    }
}
