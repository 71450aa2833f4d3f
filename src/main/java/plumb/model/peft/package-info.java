/**
 * The layout in which PEFT keeps adapters: what {@code adapter_config.json} says, and how modules and matrices are named.
 * Names and numbers only: {@code plumb.model} makes an adapter of them.
 */
@NullMarked
package plumb.model.peft;

import org.jspecify.annotations.NullMarked;
