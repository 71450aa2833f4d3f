/**
 * Talking to models without having one in this process: {@link plumb.service.answer.AnswerWorkers} keeps a worker process for each base model that is asked, and {@link plumb.service.answer.Answers} is what comes back from it, piece by piece. When a worker dies, those who wait for it are told, and the next request starts another.
 */
@NullMarked
package plumb.service.answer;

import org.jspecify.annotations.NullMarked;
