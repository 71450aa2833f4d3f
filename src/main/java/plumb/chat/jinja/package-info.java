/**
 * The part of the Jinja language that chat templates use, rendered as Hugging Face Transformers renders it (trim_blocks and lstrip_blocks on). A template sees plain data and nothing of the JVM, and its steps and output are bounded. It also tells which parts of the text stand between {@code generation} and {@code endgeneration}.
 */
@NullMarked
package plumb.chat.jinja;

import org.jspecify.annotations.NullMarked;
