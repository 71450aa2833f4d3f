package plumb.train.policy;

import java.util.ArrayList;
import java.util.List;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.hash.Sha256;
import plumb.model.Batch;

/** The rows of a run, round by round: the prompts that are asked in each, and the safe rows that stand between them. */
record Rounds(List<Round> all) {

    /** A row to ask, and what the model is shown for it. */
    @SuppressWarnings("ArrayRecordComponent") // read-only by agreement
    record Prompt(Example example, int[] ids) {}

    /** One round of asking. */
    record Round(List<Prompt> prompts, List<Batch.Row> safe) {}

    static Rounds of(PolicyTraining setup, TrainingData data) {
        var rounds = new ArrayList<Round>();
        int most = PolicyTraining.promptsPerRound(setup.training(), setup.settings());
        for (var example : data.examples()) {
            if (rounds.isEmpty()
                    || (example.kind() == Example.Kind.TASK
                            && rounds.getLast().prompts().size() == most)) {
                rounds.add(new Round(new ArrayList<>(), new ArrayList<>()));
            }
            var round = rounds.getLast();
            switch (example.kind()) {
                case TASK -> round.prompts().add(prompt(setup, example));
                case SAFE -> {
                    var row = setup.format().row().apply(example);
                    round.safe().add(new Batch.Row(row.ids(), row.mask(), true));
                }
            }
        }
        return new Rounds(List.copyOf(rounds));
    }

    private static Prompt prompt(PolicyTraining setup, Example example) {
        var ids = setup.format().prompt().apply(example);
        int context = setup.decoder().config().maxPositions();
        if (ids.length + setup.settings().maxNewTokens() > context) {
            throw new IllegalArgumentException(example.source() + " line " + example.line() + ": a prompt of "
                    + ids.length + " tokens and an answer of up to "
                    + setup.settings().maxNewTokens()
                    + " are longer than the model's context, " + context + ": lower max_new_tokens");
        }
        return new Prompt(example, ids);
    }

    /** SHA-256 over the tokens of all rows in order, in hex. */
    String hash() {
        var digest = Sha256.start();
        for (var round : all) {
            round.prompts().forEach(prompt -> Sha256.add(java.util.Arrays.toString(prompt.ids()), digest));
            round.safe().forEach(row -> Sha256.add(java.util.Arrays.toString(row.ids()) + "safe", digest));
        }
        return Sha256.hex(digest);
    }
}
