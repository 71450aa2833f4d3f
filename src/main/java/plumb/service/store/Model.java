package plumb.service.store;

/**
 * A fine-tuned model that may be used.
 *
 * @param base name of the model it was made from
 * @param step of the job
 * @param listed whether it is the one its job released; checkpoints can be used but are not listed
 */
public record Model(String name, String tenant, long createdAt, String base, String job, long step, boolean listed) {}
