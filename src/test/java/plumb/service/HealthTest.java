package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.service.policy.Policy;
import plumb.testing.Postgres;

/** What a balancer is told of a server. */
final class HealthTest {
    @Test
    void aServerWhoseDatabaseIsAwaySaysSo(@TempDir Path folder) throws IOException, InterruptedException {
        var database = Postgres.fresh();
        var place = new Service.Place(folder, database, Service.Place.USUAL_LEASE);
        try (var running = RunningService.start(place, Policy.standard())) {
            var well = health(running);
            assertThat(well.statusCode()).isEqualTo(200);
            assertThat(well.body()).contains("\"status\":\"ok\"");
            Postgres.drop(database);
            var ill = health(running);
            assertThat(ill.statusCode()).isEqualTo(503);
            assertThat(ill.body()).contains("\"database\":\"unreachable\"");
        }
    }

    private static HttpResponse<String> health(RunningService running) throws IOException, InterruptedException {
        var address = URI.create(running.address().replaceFirst("/v1$", "/health"));
        try (var http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        }
    }
}
