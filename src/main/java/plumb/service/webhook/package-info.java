/**
 * Telling tenants of their jobs' ends: {@link plumb.service.webhook.Courier} sends what {@link plumb.service.store.Webhooks} says is due, again and again until it arrives or a day has passed. {@link plumb.service.webhook.Secret} signs each message as Standard Webhooks has it, so OpenAI's clients verify it. Policy decides which hosts may be written to.
 */
@NullMarked
package plumb.service.webhook;

import org.jspecify.annotations.NullMarked;
