package plumb.service;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import plumb.service.policy.Policy;

/**
 * A service on a free port of this machine, with its first key.
 *
 * @param address that clients are given: {@code http://127.0.0.1:PORT/v1}
 */
record RunningService(Service service, String address, String key, OpenAIClient client) implements AutoCloseable {
    static RunningService start(Service.Place place, Policy policy) {
        var service = new Service(place, policy);
        var address = "http://127.0.0.1:" + service.start("127.0.0.1", 0) + "/v1";
        var key = service.firstKey().orElseThrow();
        return new RunningService(service, address, key, client(address, key));
    }

    /** OpenAI's Java client, which asks once and does not ask again. */
    static OpenAIClient client(String address, String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(address)
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    @Override
    public void close() {
        client.close();
        service.close();
    }
}
