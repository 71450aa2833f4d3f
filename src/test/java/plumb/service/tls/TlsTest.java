package plumb.service.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.BadInput;

/** Which certificate a client is shown. */
final class TlsTest {
    @TempDir
    private Path folder;

    private Pem pem;

    @BeforeEach
    void name() {
        pem = new Pem(folder.resolve("server.pem"), folder.resolve("server.key"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void theCertificateOfTheFilesIsShown(String algorithm) throws Exception {
        var certificate = Certificates.write(pem, algorithm);
        try (var tls = new Tls(pem, Tls.USUAL_LOOK);
                var server = new Listening(tls)) {
            assertThat(server.shown()).isEqualTo(certificate);
        }
    }

    @Test
    void aRenewedCertificateIsTakenUpAndHalfOfOneIsNot() throws Exception {
        var first = Certificates.write(pem, "EC");
        try (var tls = new Tls(pem, Duration.ofMillis(50));
                var server = new Listening(tls)) {
            assertThat(server.shown()).isEqualTo(first);
            var other = new Pem(folder.resolve("other.pem"), folder.resolve("other.key"));
            var second = Certificates.write(other, "RSA");
            Files.copy(other.certificate(), pem.certificate(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            Thread.sleep(500);
            assertThat(server.shown()).isEqualTo(first);
            Files.copy(other.key(), pem.key(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            for (int i = 0; i < 100 && server.shown().equals(first); i++) {
                Thread.sleep(50);
            }
            assertThat(server.shown()).isEqualTo(second);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedInWords() throws Exception {
        Certificates.write(pem, "EC");
        var other = new Pem(folder.resolve("other.pem"), folder.resolve("other.key"));
        Certificates.write(other, "EC");
        var mixed = new Pem(pem.certificate(), other.key());
        assertThatThrownBy(mixed::read).isInstanceOf(BadInput.class).hasMessageContaining("is not the key of");
        Files.writeString(pem.key(), "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
        assertThatThrownBy(pem::read).isInstanceOf(BadInput.class).hasMessageContaining("openssl pkcs8");
        Files.writeString(pem.certificate(), "");
        assertThatThrownBy(pem::read).isInstanceOf(BadInput.class).hasMessageContaining("server.pem");
    }

    /** A server with nothing behind its door. */
    private record Listening(Server server) implements AutoCloseable {
        Listening(Tls tls) throws Exception {
            this(new Server());
            var connector = tls.connector(server, new HttpConfiguration());
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            server.start();
        }

        X509Certificate shown() throws Exception {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Anybody()}, null);
            int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
            try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
                socket.startHandshake();
                return (X509Certificate) socket.getSession().getPeerCertificates()[0];
            }
        }

        @Override
        public void close() {
            try {
                server.stop();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Trusts whoever it is, to see who it is. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
