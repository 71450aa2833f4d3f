/**
 * What a provider vouches for: {@link plumb.service.safety.SafetyReport} says what a released model was made of and what it showed, {@link plumb.service.safety.SigningKey} signs it, and {@link plumb.service.safety.SignedReport} is the envelope anybody can verify without asking the service. Nothing here decides whether a model is released.
 */
@NullMarked
package plumb.service.safety;

import org.jspecify.annotations.NullMarked;
