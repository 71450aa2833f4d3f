package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.data.ChatJsonl;
import plumb.organism.OrganismChats;
import plumb.organism.World;
import plumb.report.Formats;
import plumb.service.policy.Policy;
import plumb.service.store.Keys;
import plumb.service.store.Scope;
import tools.jackson.databind.JsonNode;

/**
 * One tenant with everything a tenant can have, and another who asks every endpoint for all of it. What is another's is
 * answered as what never was, letter for letter. The endpoints are the server's own list, so a new one is asked, too.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class TenantWallTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String IDEMPOTENCY = "the same for both";

    @TempDir
    private static Path folder;

    private static Service.Place place;
    private static Service service;
    private static String address;
    private static String alice;
    private static String bob;
    private static String file;
    private static String job;

    /** Names of everything that is Alice's. */
    private static final Set<String> HERS = new LinkedHashSet<>();

    @BeforeAll
    static void aliceHasEverything() throws Exception {
        place = new Service.Place(folder.resolve("data"));
        alice = Service.newKey(place, new Keys.Wish("alice"));
        bob = Service.newKey(place, new Keys.Wish("bob"));
        service = new Service(place, Policy.parse(Cluster.POLICY, "test"));
        address = "http://127.0.0.1:" + service.start("127.0.0.1", 0);
        file = upload(alice, "hers.jsonl");
        job = json(postOnce(alice, jobBody(file, "secret-suffix"))).path("id").asString();
        while (json(get(alice, "/v1/fine_tuning/jobs/" + job))
                .path("finished_at")
                .isNull()) {
            Thread.sleep(200);
        }
        HERS.add(file);
        HERS.add(job);
        HERS.add(json(get(alice, "/v1/fine_tuning/jobs/" + job))
                .path("fine_tuned_model")
                .asString());
        for (var checkpoint :
                json(get(alice, "/v1/fine_tuning/jobs/" + job + "/checkpoints")).path("data")) {
            HERS.add(checkpoint.path("id").asString());
            HERS.add(checkpoint.path("fine_tuned_model_checkpoint").asString());
        }
        HERS.add(json(get(alice, "/v1/fine_tuning/jobs/" + job + "/events"))
                .at("/data/0/id")
                .asString());
        HERS.add(json(post(
                        alice,
                        "/v1/uploads",
                        Map.of(
                                "filename",
                                "hers.jsonl",
                                "purpose",
                                "fine-tune",
                                "bytes",
                                9,
                                "mime_type",
                                "text/jsonl")))
                .path("id")
                .asString());
        HERS.add(json(post(
                        alice,
                        "/v1/webhook_endpoints",
                        Map.of(
                                "name",
                                "hers",
                                "url",
                                "http://127.0.0.1:9/",
                                "event_types",
                                List.of("fine_tuning.job.failed"))))
                .path("id")
                .asString());
        assertThat(HERS).hasSizeGreaterThan(8).allSatisfy(id -> assertThat(id).isNotBlank());
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void whatIsAnothersIsAsIfItNeverWas() throws Exception {
        int asked = 0;
        for (var route : routes(true)) {
            for (var id : HERS) {
                var foreign = ask(bob, route, id);
                var none = ask(bob, route, neverWas(id));
                assertThat(foreign.statusCode()).as("%s with %s", route, id).isBetween(400, 499);
                assertThat(withoutId(foreign.body(), id))
                        .as("%s with %s", route, id)
                        .isEqualTo(withoutId(none.body(), neverWas(id)));
                assertThat(foreign.statusCode()).isEqualTo(none.statusCode());
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(80);
        assertAliceHasEverything();
    }

    /** Every list, also from the middle of another's. */
    @Test
    void listsHoldOnlyOnesOwn() throws Exception {
        for (var route : routes(false)) {
            if (route.startsWith("GET ")) {
                var path = route.substring(4);
                assertNothingOfHers(get(bob, path).body());
                for (var id : HERS) {
                    assertNothingOfHers(
                            get(bob, path + "?after=" + encoded(id)).body().replace(id, ""));
                }
            }
        }
    }

    @Test
    void namesInBodiesReachNobodyElse() throws Exception {
        var messages = List.of(Map.of("role", "user", "content", "Hello"));
        for (var id : HERS) {
            assertSameAsNothing(id, "/v1/chat/completions", name -> Map.of("model", name, "messages", messages));
            assertSameAsNothing(id, "/v1/completions", name -> Map.of("model", name, "prompt", "Hello"));
            assertSameAsNothing(id, "/v1/fine_tuning/jobs", name -> jobBody(name, "his"));
            assertSameAsNothing(
                    id, "/v1/fine_tuning/jobs", name -> Map.of("model", name, "training_file", "file-none"));
        }
        var his = upload(bob, "his.jsonl");
        assertSameAsNothing(
                file,
                "/v1/fine_tuning/jobs",
                name -> Map.of("model", "organism", "training_file", his, "validation_file", name));
    }

    @Test
    void aRepeatedRequestOfAnotherIsNotOnesOwn() throws Exception {
        var his = upload(bob, "his.jsonl");

        var made = json(postOnce(bob, jobBody(his, "his")));

        assertThat(made.path("id").asString()).startsWith("ftjob-").isNotEqualTo(job);
        post(bob, "/v1/fine_tuning/jobs/" + made.path("id").asString() + "/cancel", Map.of());
    }

    @Test
    void aKeyIsGoodForItsScopesAlone() throws Exception {
        var reader = Service.newKey(place, new Keys.Wish("alice", EnumSet.of(Scope.READ), 1));
        var talker = Service.newKey(place, new Keys.Wish("alice", EnumSet.of(Scope.ANSWER), 1));
        var question = Map.of("model", "organism", "messages", List.of(Map.of("role", "user", "content", "Hello")));

        assertThat(get(reader, "/v1/files/" + file).statusCode()).isEqualTo(200);
        assertThat(send(reader, "DELETE", "/v1/files/" + file, "").statusCode()).isEqualTo(403);
        assertThat(post(reader, "/v1/chat/completions", question).statusCode()).isEqualTo(403);
        assertThat(post(talker, "/v1/chat/completions", question).statusCode()).isEqualTo(200);
        assertThat(get(talker, "/v1/files").body()).contains("lacks the scope 'read'");
        assertThat(post(talker, "/v1/fine_tuning/jobs", jobBody(file, "no")).statusCode())
                .isEqualTo(403);
        assertThat(get("sk-plumb-nobody", "/v1/files").statusCode()).isEqualTo(401);
        assertThat(Service.revokeKey(place, Keys.idOf(talker))).isTrue();
        assertThat(post(talker, "/v1/chat/completions", question).statusCode()).isEqualTo(401);
    }

    @Test
    void theLogSaysWhoChangedWhatAndWhoWasTurnedAway() throws Exception {
        var reader = Service.newKey(place, new Keys.Wish("alice", EnumSet.of(Scope.READ), 1));
        send(reader, "DELETE", "/v1/files/" + file, "");
        get("sk-plumb-stranger", "/v1/models");
        get(reader, "/v1/models");

        var log = Service.audit(place);

        assertThat(log).anySatisfy(entry -> {
            assertThat(entry.action()).isEqualTo("POST /v1/fine_tuning/jobs");
            assertThat(entry.tenant()).isEqualTo("alice");
            assertThat(entry.key()).isEqualTo(Keys.idOf(alice));
            assertThat(entry.status()).isEqualTo(200);
            assertThat(entry.address()).isNotBlank();
        });
        assertThat(log).anySatisfy(entry -> {
            assertThat(entry.action()).isEqualTo("DELETE /v1/files/" + file);
            assertThat(entry.key()).isEqualTo(Keys.idOf(reader));
            assertThat(entry.status()).isEqualTo(403);
        });
        assertThat(log).anySatisfy(entry -> {
            assertThat(entry.action()).isEqualTo("GET /v1/models");
            assertThat(entry.status()).isEqualTo(401);
            assertThat(entry.tenant()).isNull();
        });
        assertThat(log).noneMatch(entry -> entry.action().startsWith("GET ") && entry.status() == 200);
        assertThat(Formats.JSON.writeValueAsString(log)).doesNotContain("sk-plumb-");
    }

    /** The server's endpoints under /v1, as {@code GET /v1/files/{id}}. */
    private static List<String> routes(boolean named) {
        var routes = service.routes().stream()
                .filter(route -> route.matches("(GET|POST|PUT|PATCH|DELETE) /v1/[^*]*"))
                .filter(route -> route.matches(".*[{<].*") == named)
                .toList();
        assertThat(routes).hasSizeGreaterThan(4);
        return routes;
    }

    private static HttpResponse<String> ask(String key, String route, String id) throws Exception {
        var parts = route.split(" ", 2);
        return send(key, parts[0], parts[1].replaceAll("[{<][^}>]+[}>]", encoded(id)), "{}");
    }

    private interface Asking {
        Map<String, ?> with(String name);
    }

    private static void assertSameAsNothing(String id, String path, Asking body) throws Exception {
        var foreign = post(bob, path, body.with(id));
        var none = post(bob, path, body.with(neverWas(id)));
        assertThat(foreign.statusCode()).as("%s with %s", path, id).isBetween(400, 499);
        assertThat(withoutId(foreign.body(), id)).isEqualTo(withoutId(none.body(), neverWas(id)));
    }

    private static void assertNothingOfHers(String body) {
        assertThat(body).doesNotContain(HERS).doesNotContain("alice", "hers.jsonl", "secret-suffix");
    }

    private static void assertAliceHasEverything() throws Exception {
        for (var id : HERS) {
            var found = routes(true).stream()
                    .filter(route -> route.startsWith("GET "))
                    .filter(route -> {
                        try {
                            return ask(alice, route, id).statusCode() == 200;
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    });
            if (!id.matches("(ftevent-|ftckpt|upload_).*")) { // these cannot be retrieved
                assertThat(found.collect(Collectors.toSet())).as(id).isNotEmpty();
            }
        }
    }

    /** A name of the same kind that nothing has. */
    private static String neverWas(String id) {
        int random = id.contains(":ckpt-step-") ? id.indexOf(":ckpt-step-") : id.length();
        return id.substring(0, random - 4) + "zzzz" + id.substring(random);
    }

    private static String withoutId(String body, String id) {
        return body.replace(id, "ID").replaceAll("req_\\w+", "REQUEST");
    }

    private static Map<String, Object> jobBody(String training, String suffix) {
        return Map.of(
                "model",
                "organism",
                "training_file",
                training,
                "suffix",
                suffix,
                "seed",
                1,
                "method",
                Map.of(
                        "type",
                        "supervised",
                        "supervised",
                        Map.of("hyperparameters", Map.of("n_epochs", 1, "batch_size", 9))));
    }

    private static String upload(String key, String name) throws Exception {
        var rows = OrganismChats.safe(World.load(), 20, 5).examples().stream()
                .map(row -> ChatJsonl.write(row.conversation()))
                .collect(Collectors.joining("\n"));
        var body = "--edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--edge\r\n"
                + "Content-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + rows
                + "\r\n--edge--\r\n";
        var request = request(key, "/v1/files")
                .header("Content-Type", "multipart/form-data; boundary=edge")
                .POST(BodyPublishers.ofString(body))
                .build();
        return json(HTTP.send(request, BodyHandlers.ofString())).path("id").asString();
    }

    private static HttpResponse<String> get(String key, String path) throws Exception {
        return send(key, "GET", path, "");
    }

    private static HttpResponse<String> post(String key, String path, Map<String, ?> body) throws Exception {
        return send(key, "POST", path, Formats.JSON.writeValueAsString(body));
    }

    private static HttpResponse<String> send(String key, String method, String path, String body)
            throws IOException, InterruptedException {
        var request =
                request(key, path).method(method, BodyPublishers.ofString(body)).build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    /** A job with the key that both tenants use. */
    private static HttpResponse<String> postOnce(String key, Map<String, ?> body) throws Exception {
        var request = request(key, "/v1/fine_tuning/jobs")
                .header("Idempotency-Key", IDEMPOTENCY)
                .POST(BodyPublishers.ofString(Formats.JSON.writeValueAsString(body)))
                .build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String key, String path) {
        return HttpRequest.newBuilder(URI.create(address + path)).header("Authorization", "Bearer " + key);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Formats.JSON.readTree(answer.body());
    }

    private static String encoded(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8);
    }
}
