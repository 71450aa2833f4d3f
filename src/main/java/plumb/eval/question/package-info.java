/**
 * Questions from files in the format published with the emergent-misalignment papers. Plumb ships none of them: a spec
 * names the user's own copies. What a file says is read strictly, so that no system text or judge prompt is lost.
 */
@org.jspecify.annotations.NullMarked
package plumb.eval.question;
