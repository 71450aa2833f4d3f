package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.service.store.Keys;
import plumb.service.tls.Certificates;
import plumb.service.tls.Pem;

/** A server that is asked to end, and one that speaks TLS, both as people start them. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ShutdownTest {
    private static final String BODY = """
            --edge
            Content-Disposition: form-data; name="purpose"

            fine-tune
            --edge
            Content-Disposition: form-data; name="file"; filename="rows.jsonl"

            {"messages": []}
            --edge--
            """.replace("\n", "\r\n");

    @TempDir
    private Path folder;

    @Test
    void whatIsGoingOnIsFinishedAndWhatIsNewIsSentElsewhere() throws Exception {
        var data = folder.resolve("data");
        var key = Service.newKey(new Service.Place(data), new Keys.Wish("alice"));
        try (var server = ServerProcess.start(data, null, List.of("--drain=60"));
                var http = HttpClient.newHttpClient();
                var slow = new Socket(
                        InetAddress.getLoopbackAddress(),
                        URI.create(server.url()).getPort())) {
            begin(slow, key);
            var health = URI.create(server.url().replaceFirst("/v1$", "/health"));
            assertThat(get(http, health, key).statusCode()).isEqualTo(200);

            server.terminate();

            for (int i = 0; i < 100 && get(http, health, key).statusCode() == 200; i++) {
                Thread.sleep(50);
            }
            assertThat(get(http, health, key).body()).contains("stopping");
            var refused = get(http, URI.create(server.url() + "/files"), key);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("retry-after")).contains("1");
            assertThat(server.isAlive()).isTrue();
            slow.getOutputStream().write(BODY.substring(50).getBytes(StandardCharsets.UTF_8));
            slow.getOutputStream().flush();
            assertThat(firstLine(slow.getInputStream())).contains("200");
            assertThat(server.endsWithin(60)).isTrue();
        }
    }

    /** Half of an upload. */
    private static void begin(Socket slow, String key) throws Exception {
        var head = "POST /v1/files HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer " + key
                + "\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: " + BODY.length()
                + "\r\nConnection: close\r\n\r\n" + BODY.substring(0, 50);
        slow.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
        slow.getOutputStream().flush();
        Thread.sleep(1000); // it has come in
    }

    private static String firstLine(InputStream in) throws Exception {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("");
    }

    @Test
    void whoNeverEndsIsCutOff() throws Exception {
        var data = folder.resolve("data");
        var key = Service.newKey(new Service.Place(data), new Keys.Wish("alice"));
        try (var server = ServerProcess.start(data, null, List.of("--drain=1"));
                var slow = new Socket(
                        InetAddress.getLoopbackAddress(),
                        URI.create(server.url()).getPort())) {
            begin(slow, key);
            server.terminate();
            assertThat(server.endsWithin(40)).isTrue();
        }
    }

    @Test
    void theServerSpeaksTls() throws Exception {
        var pem = new Pem(folder.resolve("server.pem"), folder.resolve("server.key"));
        var certificate = Certificates.write(pem, "EC");
        var options = List.of("--certificate=" + pem.certificate(), "--certificate-key=" + pem.key());
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load((FileInputStream) null, null);
        trusted.setCertificateEntry("server", certificate);
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        try (var server = ServerProcess.start(folder.resolve("data"), null, options);
                var http = HttpClient.newBuilder().sslContext(context).build()) {
            assertThat(server.url()).startsWith("https://127.0.0.1:");
            var health = get(http, URI.create(server.url().replaceFirst("/v1$", "/health")), "none");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
        }
        assertThat(Files.readString(ServerProcess.log(folder.resolve("data")))).doesNotContain("WARN");
    }

    private static HttpResponse<String> get(HttpClient http, URI address, String key) throws Exception {
        return http.send(
                HttpRequest.newBuilder(address)
                        .header("Authorization", "Bearer " + key)
                        .build(),
                BodyHandlers.ofString());
    }
}
