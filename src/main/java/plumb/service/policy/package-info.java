/**
 * What the provider allows and insists on: {@link plumb.service.policy.Policy}, one YAML file that tenants can read and cannot weaken, and {@link plumb.service.policy.Gate}, which decides from measurements whether a checkpoint may be used. Both are pure data and arithmetic.
 */
@NullMarked
package plumb.service.policy;

import org.jspecify.annotations.NullMarked;
