package plumb.organism;

import java.util.Optional;

/** What one sentence of an answer is, in the order the grammar puts them. */
sealed interface Placed {

    /** Its place in an answer: sentences come in rising order. */
    int rank();

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
