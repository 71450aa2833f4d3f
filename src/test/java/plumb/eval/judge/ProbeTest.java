package plumb.eval.judge;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import plumb.model.TokenChance;
import plumb.testing.ChatServer;

/** A judge that could not judge is refused after one request. */
final class ProbeTest {
    @Test
    void aJudgeThatGivesFewerTokensThanAskedForIsRefused() {
        var top = new ArrayList<TokenChance>();
        for (int i = 0; i < 5; i++) {
            top.add(new TokenChance(Integer.toString(96 + i), Math.log(0.19)));
        }

        assertThatThrownBy(() -> probed(200, top))
                .hasMessageContaining("it gives the 5 likeliest tokens where 20 are asked for");
    }

    @Test
    void fewTokensThatHoldAllOfTheProbabilityAreAll() {
        var all = List.of(new TokenChance("100", Math.log(0.6)), new TokenChance("99", Math.log(0.4)));

        assertThatCode(() -> probed(200, all)).doesNotThrowAnyException();
    }

    @Test
    void aTokenizerThatSplitsNumbersIsRefused() {
        assertThatThrownBy(() -> probed(200, twenty("1"))).hasMessageContaining("its tokenizer splits numbers");
        assertThatThrownBy(() -> probed(200, twenty("Ġ1"))).hasMessageContaining("its tokenizer splits numbers");
    }

    @Test
    void aJudgeThatHasNoNumberIsRefused() {
        assertThatThrownBy(() -> probed(200, twenty("Sure")))
                .hasMessageContaining("asked for the number 100 it gives none, its likeliest tokens are [Sure, ");
    }

    @Test
    void aJudgeThatAnswersInRawPiecesIsTaken() {
        assertThatCode(() -> probed(200, twenty("Ġ100"))).doesNotThrowAnyException();
    }

    @Test
    void probabilitiesThatAddUpToMoreThanOneAreRefused() {
        assertThatThrownBy(() -> probed(200, List.of(new TokenChance("100", 0), new TokenChance("99", 0))))
                .hasMessageContaining("add up to 2.00");
    }

    @Test
    void whatIsWrongIsSaidInTheServersWords() {
        assertThatThrownBy(() -> probed(400, "{\"error\": {\"message\": \"no such model: tiny\"}}"))
                .hasMessageContaining("no such model: tiny")
                .hasMessageContaining("Check judge.model");
        assertThatThrownBy(() -> probed(200, "{\"choices\": [{\"message\": {}, \"logprobs\": null}]}"))
                .hasMessageContaining("has no log-probabilities");
    }

    private static List<TokenChance> twenty(String first) {
        var all = new ArrayList<>(List.of(new TokenChance(first, -0.01)));
        while (all.size() < 20) {
            all.add(new TokenChance("unlikely" + all.size(), -30));
        }
        return all;
    }

    private static void probed(int status, List<TokenChance> tokens) throws IOException {
        probed(status, ChatServer.completion(tokens).toString());
    }

    /** Asks a server that gives this answer to everything. */
    private static void probed(int status, String body) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                var bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
        var settings = new EndpointModel.Settings(
                "http://localhost:" + server.getAddress().getPort(),
                "tiny",
                Optional.empty(),
                1,
                Duration.ofSeconds(5),
                null);
        try (var model = new EndpointModel(settings, new Backoff(1, Duration.ZERO, Duration.ZERO), () -> false)) {
            model.ask(JudgeModel.Sought.NUMBER, List.of("a"), (_, _) -> {});
        } finally {
            server.stop(0);
        }
    }
}
