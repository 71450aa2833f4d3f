package plumb.model;

import java.util.List;
import plumb.chat.Conversation;

/** A model one can talk to, here or behind an endpoint. Judges are these. */
public interface LanguageModel {
    String name();

    /** One answer for each prompt, in order: the assistant's text without special tokens. */
    List<String> generate(List<Conversation> prompts, Sampling sampling);
}
