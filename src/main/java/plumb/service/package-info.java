/**
 * OpenAI's fine-tuning API on one's own hardware: {@link plumb.service.Service} puts the parts together. Requests come in through {@code http}, everything that was acknowledged is in {@code store}, {@code job} runs each fine-tune in a process of its own and lets out what {@code policy} allows, {@code answer} talks to finished models through processes of their own. This package never touches libtorch.
 */
@NullMarked
package plumb.service;

import org.jspecify.annotations.NullMarked;
