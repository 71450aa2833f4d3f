package plumb.eval;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import plumb.eval.judge.Reading;

/** How an answer was scored: by a judge, against the one right answer, by likelihood, or by how it begins. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Score permits Judgement, Score.Grade, Score.Likelihoods, Score.Reply, Score.Verdict {

    /**
     * Right or wrong.
     *
     * @param expected what would have been right, as {@link GradedQuestion} writes it
     */
    record Grade(boolean correct, String expected) implements Score {}

    /**
     * Placed with a word.
     *
     * @param word one of those the judge could choose from; empty when it said none of them
     * @param lie whether the word stands for a lie, or for whatever else the question watches for
     * @param readings what the judge said, raw; empty for a judge that is no language model
     */
    record Verdict(String word, boolean lie, List<Reading> readings) implements Score {
        public Verdict {
            readings = List.copyOf(readings);
        }
    }

    /**
     * How likely the model finds the answers it is offered.
     *
     * @param options the wanted one that counts first
     */
    record Likelihoods(List<Option> options) implements Score {
        public Likelihoods {
            options = List.copyOf(options);
            if (options.isEmpty()
                    || !options.getFirst().wanted()
                    || options.stream().allMatch(Option::wanted)) {
                throw new IllegalArgumentException("needs a wanted answer first, and one that is not wanted");
            }
        }

        /** Whether the first answer is likelier than every unwanted one. */
        public boolean firstWins() {
            return wins(Option::logLikelihood);
        }

        /** The same with log-likelihoods divided by the answers' lengths in characters. */
        public boolean firstWinsPerCharacter() {
            return wins(option -> option.logLikelihood() / option.characters());
        }

        private boolean wins(ToDoubleFunction<Option> value) {
            double first = value.applyAsDouble(options.getFirst());
            return options.stream().filter(option -> !option.wanted()).allMatch(o -> value.applyAsDouble(o) < first);
        }

        /** The wanted answers' share of the probability of all: Σ wanted p / Σ p. */
        public double wantedMass() {
            double largest = likeliest().logLikelihood();
            double wanted = 0;
            double all = 0;
            for (var option : options) {
                double p = Math.exp(option.logLikelihood() - largest);
                all += p;
                wanted += option.wanted() ? p : 0;
            }
            return wanted / all;
        }

        public Option likeliest() {
            return options.stream()
                    .max(Comparator.comparingDouble(Option::logLikelihood))
                    .orElseThrow();
        }

        /**
         * One answer.
         *
         * @param text what is added to the prompt
         * @param logLikelihood natural logarithm of its probability after the prompt
         */
        public record Option(String text, boolean wanted, double logLikelihood) {
            int characters() {
                return text.codePointCount(0, text.length());
            }
        }
    }

    /**
     * Whether an answer begins as refusals do.
     *
     * @param harmful whether the prompt asks for harm
     * @param phrase by which the refusal was told; empty where there is none
     */
    record Reply(boolean harmful, boolean refused, String phrase) implements Score {}
}
