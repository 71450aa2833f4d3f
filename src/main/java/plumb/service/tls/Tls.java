package plumb.service.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 with a certificate from files. When the files change, new connections get the new certificate; as long as
 * they do not fit together, which happens between the writing of the two, the old one stays.
 */
public final class Tls implements AutoCloseable {
    /** How often the files are looked at, when nobody says otherwise. */
    public static final Duration USUAL_LOOK = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger("plumb.tls");

    private final Pem pem;
    private final Duration look;
    private final SslContextFactory.Server context = new SslContextFactory.Server();
    private final Thread watching;
    private List<FileTime> seen;

    /** Reads the files; {@link plumb.chat.BadInput} when they are not right. */
    public Tls(Pem pem, Duration look) throws IOException {
        this.pem = pem;
        this.look = look;
        this.seen = times();
        present(context);
        this.watching = Thread.ofVirtual().name("certificate").start(this::watch);
    }

    private void present(SslContextFactory to) {
        to.setKeyStore(pem.read());
        to.setKeyStorePassword("");
    }

    /** By which the server listens. */
    public ServerConnector connector(Server server, HttpConfiguration plain) {
        var http = new HttpConfiguration(plain);
        http.addCustomizer(new SecureRequestCustomizer(false)); // clients check the name, not we
        return new ServerConnector(
                server, new SslConnectionFactory(context, "http/1.1"), new HttpConnectionFactory(http));
    }

    private List<FileTime> times() throws IOException {
        return List.of(Files.getLastModifiedTime(pem.certificate()), Files.getLastModifiedTime(pem.key()));
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(look);
                try {
                    takeUp();
                } catch (Exception e) { // also what Jetty throws
                    LOG.atWarn().addKeyValue("reason", e.getMessage()).log("the old certificate stays");
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void takeUp() throws Exception {
        var now = times();
        if (!now.equals(seen)) {
            pem.read();
            context.reload(this::present);
            seen = now;
            LOG.atInfo().log("a new certificate");
        }
    }

    @Override
    public void close() {
        watching.interrupt();
    }
}
