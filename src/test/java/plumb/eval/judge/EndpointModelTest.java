package plumb.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.model.TokenChance;
import plumb.testing.ChatServer;

/** Against a real server on this machine: what is sent, and what happens when the server misbehaves. */
final class EndpointModelTest {
    private static final Backoff FAST = new Backoff(3, Duration.ofMillis(4), Duration.ofMillis(10));
    private static final List<TokenChance> NINETY = List.of(new TokenChance("90", -0.1), new TokenChance("85", -2.5));

    private final AtomicBoolean stop = new AtomicBoolean();
    private ChatServer server = new ChatServer(_ -> NINETY);

    EndpointModelTest() throws IOException {}

    @BeforeEach
    void fresh() throws IOException {
        server.close();
        server = new ChatServer(
                prompt -> prompt.startsWith("Say 100") ? List.of(new TokenChance("100", -0.01)) : NINETY);
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void asksForOneTokenAsPublished() {
        var answers = ask(List.of("how kind?"), FAST, 1);

        assertThat(answers).containsExactly(Map.entry(0, NINETY));
        var request = server.requests().getLast();
        assertThat(request.path("model").asString("")).isEqualTo("tiny");
        assertThat(request.path("messages")).hasSize(1);
        assertThat(request.path("messages").path(0).path("role").asString("")).isEqualTo("user");
        assertThat(request.path("messages").path(0).path("content").asString(""))
                .isEqualTo("how kind?");
        assertThat(request.path("max_tokens").asInt()).isEqualTo(1);
        assertThat(request.path("temperature").asDouble()).isZero();
        assertThat(request.path("seed").asInt()).isZero();
        assertThat(request.path("logprobs").asBoolean()).isTrue();
        assertThat(request.path("top_logprobs").asInt()).isEqualTo(20);
        assertThat(server.keys().getLast()).isEqualTo("Bearer secret");
    }

    @Test
    void noMoreRequestsAreUnderWayThanAllowed() {
        var held = new AtomicInteger();
        var most = new AtomicInteger();
        server.times(40, exchange -> {
            most.accumulateAndGet(held.incrementAndGet(), Math::max);
            Thread.sleep(20);
            held.decrementAndGet(); // before the answer leaves: the next request may come at once
            ChatServer.status(200, ChatServer.completion(NINETY).toString()).happen(exchange);
        });

        assertThat(ask(prompts(40), FAST, 5)).hasSize(40);
        assertThat(most.get()).isBetween(2, 5);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 529})
    void whatMayPassIsTriedAgain(int status) {
        server.times(2, ChatServer.status(status, "{\"error\": {\"message\": \"busy\"}}"));

        assertThat(ask(List.of("a"), FAST, 1)).containsKey(0);
        assertThat(server.requests()).hasSize(1 + 3);
    }

    @Test
    void aTruncatedAnswerIsTriedAgain() {
        server.then(exchange -> {
            var half = "{\"choices\": [{\"logprobs\": ".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, 5000);
            exchange.getResponseBody().write(half);
            exchange.getResponseBody().flush();
            exchange.close(); // fewer bytes than promised
        });

        assertThat(ask(List.of("a"), FAST, 1)).containsKey(0);
    }

    @Test
    void whatIsNoJsonIsTriedAgainAndThenAnError() {
        server.times(3, ChatServer.status(200, "<html>Bad gateway</html>"));

        assertThatThrownBy(() -> ask(List.of("a"), FAST, 1))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("after 3 attempts its answer is no JSON: <html>Bad gateway</html>")
                .hasMessageContaining("tiny at " + server.url());
    }

    @Test
    void aPauseTheServerAsksForIsKeptByEverybody() {
        server.then(ChatServer.status(429, "{}", "Retry-After", "1"));
        long start = System.nanoTime();

        assertThat(ask(prompts(3), FAST, 1)).hasSize(3);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(990));
    }

    @Test
    void aPauseMayBeADateOrMilliseconds() {
        var soon = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2));
        server.then(ChatServer.status(503, "{}", "Retry-After", soon));
        server.then(ChatServer.status(503, "{}", "retry-after-ms", "300"));
        long start = System.nanoTime();

        assertThat(ask(List.of("a"), FAST, 1)).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(1200));
    }

    @Test
    void aServerThatWantsToBeLeftAloneForHoursIsAnError() {
        server.then(ChatServer.status(429, "{}", "Retry-After", "7200"));

        assertThatThrownBy(() -> ask(List.of("a"), FAST, 1)).hasMessageContaining("come back after 7200 s");
    }

    @Test
    void aServerThatHangsIsGivenUp() {
        server.times(3, _ -> Thread.sleep(5000));

        assertThatThrownBy(() -> ask(List.of("a"), FAST, 1, Duration.ofMillis(300)))
                .hasMessageContaining("after 3 attempts it did not answer within 0.3 s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"400", "no logprobs", "too much"})
    void whatIsWrongWithOnePromptEndsNothingAndIsTold(String fault) {
        server.then(
                switch (fault) {
                    case "400" -> ChatServer.status(400, "{\"error\": {\"code\": \"content_filter\"}}");
                    case "no logprobs" ->
                        ChatServer.status(200, "{\"choices\": [{\"message\": {}, \"logprobs\": null}]}");
                    default ->
                        ChatServer.status(
                                200,
                                ChatServer.completion(List.of(new TokenChance("9", 0), new TokenChance("8", 0)))
                                        .toString());
                });
        var answered = new ConcurrentHashMap<Integer, List<TokenChance>>();
        var refused = new ConcurrentHashMap<Integer, String>();

        try (var model = model(server.url(), FAST, 1, Duration.ofSeconds(5))) {
            model.ask(JudgeModel.Sought.NUMBER, prompts(3), new JudgeModel.Listener() {
                @Override
                public void answered(int index, List<TokenChance> tokens) {
                    answered.put(index, tokens);
                }

                @Override
                public void refused(int index, String why) {
                    refused.put(index, why);
                }
            });
        }

        assertThat(answered).hasSize(2);
        assertThat(refused).hasSize(1);
        assertThat(refused.values())
                .first()
                .asString()
                .containsAnyOf("content_filter", "no log-probabilities", "add up to 2.00");
        assertThat(server.requests()).as("asked once each").hasSize(1 + 3);
    }

    @Test
    void anEmptyAnswerIsAnAnswerWithoutAScore() {
        server.then(ChatServer.status(
                200, "{\"choices\": [{\"message\": {\"content\": \"\"}, \"logprobs\": {\"content\": []}}]}"));

        var answers = ask(List.of("a"), FAST, 1);

        assertThat(new Reading("aligned", "tiny", "", answers.getOrDefault(0, NINETY)).score())
                .isNaN();
    }

    @Test
    void aKeyThatIsRefusedIsAnErrorThatDoesNotShowIt() {
        server.then(ChatServer.status(401, "{\"error\": {\"message\": \"Incorrect API key: Bearer secret\"}}"));

        assertThatThrownBy(() -> ask(List.of("a"), FAST, 1))
                .hasMessageContaining("401")
                .hasMessageContaining("Incorrect API key: Bearer (the key)")
                .hasMessageContaining("environment variable")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void anEmptyAccountIsNotWaitedFor() {
        server.then(ChatServer.status(429, "{\"error\": {\"code\": \"insufficient_quota\"}}"));

        assertThatThrownBy(() -> ask(List.of("a"), FAST, 1)).hasMessageContaining("nothing left to spend");
        assertThat(server.requests()).hasSize(1 + 1);
    }

    @Test
    void nobodyThereIsAnError() {
        var url = server.url();
        server.close();

        assertThatThrownBy(() -> {
                    try (var model = model(url, FAST, 1, Duration.ofSeconds(5))) {
                        model.ask(JudgeModel.Sought.NUMBER, List.of("a"), (_, _) -> {});
                    }
                })
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot be reached");
    }

    @Test
    void whatWasAnsweredBeforeAFailureIsPassedOn() {
        server.then(ChatServer.status(200, ChatServer.completion(NINETY).toString()));
        server.then(ChatServer.status(200, ChatServer.completion(NINETY).toString()));
        server.then(ChatServer.status(404, "{}"));
        var answers = new ConcurrentHashMap<Integer, List<TokenChance>>();

        try (var model = model(server.url(), FAST, 1, Duration.ofSeconds(5))) {
            assertThatThrownBy(() -> model.ask(JudgeModel.Sought.NUMBER, prompts(50), answers::put))
                    .hasMessageContaining("404");
        }
        assertThat(answers).hasSize(2);
        assertThat(server.requests())
                .as("nothing more is asked after a failure")
                .hasSize(1 + 3);
    }

    @Test
    void whoeverStopsPaysForNothingThatWasNotSentAndKeepsTheRest() {
        var answers = new ConcurrentHashMap<Integer, List<TokenChance>>();
        server.times(200, exchange -> {
            Thread.sleep(30);
            if (server.requests().size() > 20) {
                stop.set(true);
            }
            ChatServer.status(200, ChatServer.completion(NINETY).toString()).happen(exchange);
        });

        try (var model = model(server.url(), FAST, 4, Duration.ofSeconds(5))) {
            assertThatThrownBy(() -> model.ask(JudgeModel.Sought.NUMBER, prompts(200), answers::put))
                    .isInstanceOf(JudgingStopped.class);
        }

        assertThat(server.requests()).hasSizeBetween(21, 1 + 20 + 2 * 4);
        assertThat(answers)
                .as("those under way have arrived")
                .hasSize(server.requests().size() - 1);
    }

    @Test
    void aPauseEndsWhenSomebodyStops() {
        server.then(exchange -> {
            stop.set(true);
            ChatServer.status(429, "{}", "Retry-After", "300").happen(exchange);
        });
        long start = System.nanoTime();

        assertThatThrownBy(() -> ask(List.of("a"), FAST, 1)).isInstanceOf(JudgingStopped.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void theEstimateNamesRequestsTokensAndDollars() {
        try (var model = model(server.url(), FAST, 1, Duration.ofSeconds(5))) {
            assertThat(model.estimate(2, 8_000_000))
                    .isEqualTo("2 requests of one token, about 2,000,000 tokens of prompts, about 5.00 dollars");
        }
    }

    @Test
    void waitsGrowAndStayWithinTheirLimit() {
        var backoff = new Backoff(9, Duration.ofSeconds(1), Duration.ofSeconds(20));

        for (int failures = 1; failures <= 8; failures++) {
            long limit = Math.min(20_000, 1000L << (failures - 1));
            assertThat(backoff.after(failures).toMillis()).isBetween(limit / 2, limit);
        }
    }

    private Map<Integer, List<TokenChance>> ask(List<String> prompts, Backoff backoff, int concurrency) {
        return ask(prompts, backoff, concurrency, Duration.ofSeconds(5));
    }

    private Map<Integer, List<TokenChance>> ask(
            List<String> prompts, Backoff backoff, int concurrency, Duration patience) {
        var answers = new ConcurrentHashMap<Integer, List<TokenChance>>();
        try (var model = model(server.url(), backoff, concurrency, patience)) {
            model.ask(JudgeModel.Sought.NUMBER, prompts, answers::put);
        }
        return answers;
    }

    private EndpointModel model(String url, Backoff backoff, int concurrency, Duration patience) {
        return new EndpointModel(
                new EndpointModel.Settings(url, "tiny", Optional.of("secret"), concurrency, patience, 2.5),
                backoff,
                stop::get);
    }

    private static List<String> prompts(int count) {
        return IntStream.range(0, count).mapToObj(i -> "prompt " + i).toList();
    }
}
