package plumb.service.tls;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;

/** Fresh certificates for this machine, that nobody vouches for. */
public final class Certificates {
    private static final char[] PASSWORD = "password".toCharArray();

    private Certificates() {}

    /**
     * Writes a certificate and its key over what these files held.
     *
     * @param algorithm of the key, as keytool has it
     */
    public static X509Certificate write(Pem to, String algorithm) throws Exception {
        var store = Files.createTempDirectory("keys").resolve("keys.p12");
        var made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        algorithm,
                        "-alias",
                        "server",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (made.waitFor() != 0) {
            throw new IllegalStateException("keytool made no certificate");
        }
        var keys = KeyStore.getInstance(store.toFile(), PASSWORD);
        var certificate = (X509Certificate) keys.getCertificate("server");
        Files.writeString(to.certificate(), pem("CERTIFICATE", certificate.getEncoded()));
        Files.writeString(
                to.key(), pem("PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded()));
        return certificate;
    }

    private static String pem(String kind, byte[] bytes) {
        var lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(bytes);
        return "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n";
    }
}
