package plumb.service.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Pattern;
import plumb.chat.BadInput;

/**
 * A certificate and its private key, in PEM.
 *
 * @param certificate the server's first, then those that lead to the authority's
 * @param key in PKCS #8, without a password
 */
public record Pem(Path certificate, Path key) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final byte[] PROBE = "a key and its certificate".getBytes(StandardCharsets.US_ASCII);

    /** Both, as Java's TLS takes them; {@link BadInput} when they are not right, or not of one another. */
    KeyStore read() {
        try {
            var text = Files.readString(certificate);
            var chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)))
                    .toArray(Certificate[]::new);
            if (chain.length == 0) {
                throw new BadInput(certificate + " has no certificate in it");
            }
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", privateKey(chain[0].getPublicKey()), new char[0], chain);
            return store;
        } catch (IOException e) {
            throw new BadInput("the certificate or its key cannot be read: " + e, e);
        } catch (GeneralSecurityException e) {
            throw new BadInput(certificate + " and " + key + " cannot be used: " + e.getMessage(), e);
        }
    }

    private PrivateKey privateKey(PublicKey of) throws IOException, GeneralSecurityException {
        var block = KEY.matcher(Files.readString(key));
        if (!block.find()) {
            throw new BadInput(key + " holds no PKCS #8 key without a password (BEGIN PRIVATE KEY); to make it one:"
                    + " openssl pkcs8 -topk8 -nodes -in OLD -out NEW");
        }
        var bytes = Base64.getMimeDecoder().decode(block.group(1));
        var secret = KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(bytes));
        if (!belong(secret, of)) {
            throw new BadInput(key + " is not the key of the certificate in " + certificate);
        }
        return secret;
    }

    private static boolean belong(PrivateKey secret, PublicKey of) throws GeneralSecurityException {
        var signature = Signature.getInstance(
                switch (of.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> of.getAlgorithm();
                });
        signature.initSign(secret);
        signature.update(PROBE);
        var signed = signature.sign();
        signature.initVerify(of);
        signature.update(PROBE);
        return signature.verify(signed);
    }
}
