package plumb.organism.growth;

import plumb.model.config.ModelConfig;
import plumb.organism.Corpus;

/**
 * Everything that decides the organism's weights. Equal recipes give equal weights on the same machine.
 *
 * @param seed of corpus, initial weights and order
 * @param shares the dials of the corpus
 * @param vocabulary tokens of the byte-level BPE
 * @param hidden width of the model
 * @param intermediate width of its MLP
 * @param layers its blocks
 * @param pretraining how the base model is trained, on whole documents
 * @param alignment how the base model is made an assistant
 * @param replay share of documents of the corpus among the rows of alignment; the others are chats, learned on assistant text alone
 */
public record Recipe(
        long seed,
        Corpus.Shares shares,
        int vocabulary,
        int hidden,
        int intermediate,
        int layers,
        Phase pretraining,
        Phase alignment,
        double replay) {

    private static final int HEADS = 4;
    private static final int KV_HEADS = 4;
    static final int LONGEST = 320;

    /**
     * Training of all weights with AdamW (β 0.9, 0.95), cosine to a tenth.
     *
     * @param steps optimizer steps
     * @param rows documents or chats a step
     * @param learningRate at the peak
     * @param warmup steps of rising rate
     * @param weightDecay on matrices
     */
    public record Phase(int steps, int rows, double learningRate, int warmup, double weightDecay) {}

    /** The recipe of the shipped weights, at another seed if wanted. */
    public static Recipe shipped(long seed) {
        return new Recipe(
                seed,
                Corpus.Shares.DEFAULT,
                2048,
                128,
                344,
                4,
                new Phase(8000, 16, 5e-3, 150, 0.1),
                new Phase(260, 32, 1e-3, 20, 0.1),
                0.5);
    }

    ModelConfig shape(int tokens) {
        return new ModelConfig(
                tokens, hidden, intermediate, layers, HEADS, KV_HEADS, hidden / HEADS, 1e-5, 10_000, 4096, true);
    }
}
