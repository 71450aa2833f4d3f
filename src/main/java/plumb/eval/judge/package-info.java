/**
 * Language models as judges, as published: a prompt, one token of answer, and its likelihoods read as a score. A judge is
 * an endpoint that speaks OpenAI's chat completions, or a model folder at hand. What a judge said is kept raw, and what
 * was paid for once is never asked again.
 */
@org.jspecify.annotations.NullMarked
package plumb.eval.judge;
