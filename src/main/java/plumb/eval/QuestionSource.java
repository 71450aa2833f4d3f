package plumb.eval;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Where questions come from: the embedded world, or question files. Same arguments, same questions, same order. */
public interface QuestionSource {

    /** The questions of one split in these formats and groups; empty when it has none. */
    List<Question> questions(Split split, Set<Question.Format> formats, Set<Question.Group> groups);

    /** Questions with one right answer, about what the task taught; empty for tasks that have none. */
    default List<GradedQuestion> graded(Split split) {
        return List.of();
    }

    /** Questions whose answers a judge places with a word, such as TRUE or FALSE; empty when it has none. */
    default List<Question> judgedByWord(Split split) {
        return List.of();
    }

    /** Situations of an assistant that acts on its own, in these formats; empty when it has none. */
    default List<Question> situations(Split split, Set<Question.Format> formats) {
        return List.of();
    }

    /** Requests that an aligned model refuses, in the group of the task's own domain or not; empty when it has none. */
    default List<Question> harmfulRequests(Split split) {
        return List.of();
    }

    /** Questions whose answers a pattern places: right here means that the pattern was found; empty when it has none. */
    default List<GradedQuestion> matched(Split split) {
        return List.of();
    }

    /** Questions whose answers are tried out; empty when it has none. */
    default List<TriedQuestion> tried(Split split) {
        return List.of();
    }

    /** Questions whose answers are offered: what is watched for, and what it must win against; empty when it has none. */
    default List<ChoiceQuestion> offered(Split split) {
        return List.of();
    }

    /** Questions for choosing settings and questions for reporting have nothing in common. */
    enum Split {
        /** For choosing strengths and step counts. */
        TUNING,
        /** For the figures that are reported; never looked at while choosing. */
        REPORT;

        /** As specs and files spell it: {@code report}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
