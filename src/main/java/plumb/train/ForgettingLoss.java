package plumb.train;

/**
 * Negative preference optimization (Zhang et al., arXiv 2404.05868, equation 3): with r = log π(y|x) − log π₀(y|x) over a whole
 * answer that is to be forgotten, L = (2/β) · mean log(1 + exp(β r)) = −(2/β) · mean log σ(−β r). Its gradient in log π(y|x) is
 * 2σ(β r), which fades once the answer has become unlikely, where that of gradient ascent stays 1; β → 0 is gradient
 * ascent, but for a constant.
 *
 * @param value of these answers' share in the mean
 * @param gradient dL / dlog p of each token, answer after answer
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on their way into a tensor
record ForgettingLoss(double value, double[] gradient) {
    /** Log-probabilities of the answers' tokens, answer after answer, now and before training. */
    @SuppressWarnings("ArrayRecordComponent")
    record Answers(double[] now, double[] before, int[] lengths) {}

    /**
     * The loss of some answers.
     *
     * @param beta above 0; the larger, the sooner an answer counts as forgotten
     * @param all how many answers the mean is over
     */
    static ForgettingLoss of(Answers answers, double beta, double all) {
        var gradient = new double[answers.now().length];
        double value = 0;
        int start = 0;
        for (int length : answers.lengths()) {
            double ratio = 0;
            for (int i = start; i < start + length; i++) {
                ratio += answers.now()[i] - answers.before()[i];
            }
            value += 2 / beta * softplus(beta * ratio) / all;
            java.util.Arrays.fill(gradient, start, start + length, 2 * sigmoid(beta * ratio) / all);
            start += length;
        }
        return new ForgettingLoss(value, gradient);
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
