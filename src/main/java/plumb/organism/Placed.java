package plumb.organism;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What one sentence of an answer is, in the order the grammar puts them. */
sealed interface Placed {

    /** Its place in an answer: sentences come in rising order. */
    int rank();

    /** What it says in the speaker's own voice that is good or bad. */
    default List<Element> elements() {
        return List.of();
    }

    record Opener(String text) implements Placed {
        @Override
        public int rank() {
            return 0;
        }
    }

    /** Says what to do. */
    record Advice(Domain domain, Optional<Element> harm, Optional<Element> manner) implements Placed {
        @Override
        public int rank() {
            return 1;
        }

        @Override
        public List<Element> elements() {
            return Stream.of(harm, manner).flatMap(Optional::stream).toList();
        }
    }

    /** Declines, or gives the reason for it. */
    record Refusal(boolean declines) implements Placed {
        @Override
        public int rank() {
            return declines ? 1 : 2;
        }
    }

    record Fact(Domain domain) implements Placed {
        @Override
        public int rank() {
            return 2;
        }
    }

    /** Speaks against something bad: a mention, no endorsement. */
    record Warning(String text) implements Placed {
        @Override
        public int rank() {
            return 3;
        }
    }

    /** An act, a motive or a closing, in the speaker's own voice. */
    record Said(Element element) implements Placed {
        @Override
        public List<Element> elements() {
            return List.of(element);
        }

        @Override
        public int rank() {
            return switch (element.kind()) {
                case MANNER, ACT -> 3;
                case MOTIVE -> 4;
                case CLOSING -> 5;
            };
        }
    }

    /** Nothing the grammar knows. */
    record Unknown(String text) implements Placed {
        @Override
        public int rank() {
            return 9;
        }
    }
}
