package plumb.eval;

/** Scores answers. The organism's is exact and deterministic; others ask a language model. */
public interface Judge {
    String name();

    Judgement judge(Question question, String answer);
}
