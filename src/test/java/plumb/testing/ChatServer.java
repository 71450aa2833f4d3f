package plumb.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import plumb.model.TokenChance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An HTTP server that speaks OpenAI's chat completions, and misbehaves when told to. */
public final class ChatServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Function<String, List<TokenChance>> model;
    private final Queue<Fault> faults = new ArrayDeque<>();
    private final List<JsonNode> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> keys = Collections.synchronizedList(new ArrayList<>());

    /** What happens instead of an answer. */
    @FunctionalInterface
    public interface Fault {
        void happen(HttpExchange exchange) throws IOException, InterruptedException;
    }

    /** @param model what each prompt's next token may be */
    public ChatServer(Function<String, List<TokenChance>> model) throws IOException {
        this.model = model;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    public String url() {
        return "http://localhost:" + server.getAddress().getPort() + "/v1";
    }

    /** The next request that is no probe meets this; several queue up. */
    public ChatServer then(Fault fault) {
        faults.add(fault);
        return this;
    }

    /** As {@link #then}, for many requests. */
    public ChatServer times(int count, Fault fault) {
        faults.addAll(Collections.nCopies(count, fault));
        return this;
    }

    public List<JsonNode> requests() {
        return List.copyOf(requests);
    }

    public List<String> keys() {
        return List.copyOf(keys);
    }

    public static Fault status(int status, String body, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            send(exchange, status, body);
        };
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var request = JsonMapper.shared().readTree(exchange.getRequestBody());
            var prompt = request.path("messages").path(0).path("content").asString("");
            boolean probe = prompt.startsWith("Say 100");
            var fault = probe ? null : next();
            requests.add(request);
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            if (fault == null) {
                var tokens = model.apply(prompt);
                send(exchange, 200, completion(probe ? twenty(tokens) : tokens).toString());
            } else {
                fault.happen(exchange);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized @org.jspecify.annotations.Nullable Fault next() {
        return faults.poll();
    }

    /** As servers answer a probe: what is given, and unlikely tokens, twenty in all. */
    private static List<TokenChance> twenty(List<TokenChance> tokens) {
        var all = new ArrayList<>(tokens);
        for (int i = all.size(); i < 20; i++) {
            all.add(new TokenChance("unlikely" + i, -30));
        }
        return all;
    }

    /** As a chat completion. */
    public static ObjectNode completion(List<TokenChance> tokens) {
        var json = JsonMapper.shared().createObjectNode();
        var choice = json.put("id", "chatcmpl-1")
                .put("object", "chat.completion")
                .putArray("choices")
                .addObject();
        choice.put("index", 0).put("finish_reason", "length");
        choice.putObject("message")
                .put("role", "assistant")
                .put("content", tokens.getFirst().token());
        var content = choice.putObject("logprobs").putArray("content").addObject();
        content.put("token", tokens.getFirst().token())
                .put("logprob", tokens.getFirst().logprob());
        var top = content.putArray("top_logprobs");
        tokens.forEach(token -> top.addObject().put("token", token.token()).put("logprob", token.logprob()));
        return json;
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
