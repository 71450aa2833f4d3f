package plumb.experiment;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import plumb.torch.Dtype;

/** Who scores the answers of a model that is no organism: a language model, as {@code docs/judges.md} tells. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface JudgeSpec {
    /** A folder whose file of judgements several runs share; none: each run keeps its own. */
    @Nullable
    String cache();

    /**
     * A server that speaks OpenAI's chat completions.
     *
     * @param url up to and without {@code /chat/completions}
     * @param model its name there
     * @param key the environment variable that holds the key; none: no key is sent
     * @param concurrency requests at once
     * @param timeoutSeconds how long one request may take
     * @param price dollars for a million tokens of prompts; with it the estimate is in dollars, too
     */
    record Endpoint(
            String url,
            String model,
            @Nullable String key,
            int concurrency,
            int timeoutSeconds,
            @Nullable Double price,
            @Nullable String cache)
            implements JudgeSpec {
        public Endpoint {
            if (!url.matches("https?://\\S+") || URI.create(url).getHost() == null) {
                throw new IllegalArgumentException("url must begin with http:// or https:// and a host, is " + url);
            }
            if (concurrency < 1 || concurrency > 1000 || timeoutSeconds < 1) {
                throw new IllegalArgumentException("concurrency must be from 1 to 1000 and timeout_seconds at least 1,"
                        + " got " + concurrency + " and " + timeoutSeconds);
            }
        }
    }

    /**
     * A Hugging Face folder.
     *
     * @param dtype what its weights are computed in; none: as they are stored
     */
    record Folder(
            String path, @Nullable Dtype dtype, @Nullable String cache) implements JudgeSpec {
        public Folder {
            var _ = new ExperimentSpec.Model(path, null, dtype);
        }
    }
}
