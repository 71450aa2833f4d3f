package plumb.service.safety;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import plumb.hash.Sha256;
import plumb.report.Formats;

/**
 * The Ed25519 key a service signs its reports with: made once, in its folder, readable by its owner alone. Whoever trusts
 * the public half can verify a report years later and far away.
 */
public final class SigningKey {
    private static final String PRIVATE = "signing.key";
    private static final String PUBLIC = "signing.pub";

    private final PrivateKey key;
    private final String publicKey;

    private SigningKey(PrivateKey key, String publicKey) {
        this.key = key;
        this.publicKey = publicKey;
    }

    /** The key in this folder, made when there is none; servers that share the folder share the key. */
    public static SigningKey in(Path folder) throws IOException {
        var file = folder.resolve(PRIVATE);
        try {
            if (!Files.exists(file)) {
                make(folder, file);
            }
            var lines = Files.readString(file).split("\n\n", 2);
            var key = KeyFactory.getInstance(SignedReport.ALGORITHM)
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(lines[0])));
            if (!Files.exists(folder.resolve(PUBLIC))) {
                Files.writeString(folder.resolve(PUBLIC), lines[1]);
            }
            return new SigningKey(key, lines[1]);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(file + " is no key of this service", e);
        }
    }

    /** Both halves in one file that appears whole: of two servers that begin at once, one's key is everybody's. */
    private static void make(Path folder, Path file) throws IOException, GeneralSecurityException {
        var pair = KeyPairGenerator.getInstance(SignedReport.ALGORITHM).generateKeyPair();
        var pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()) + "\n-----END PUBLIC KEY-----\n";
        var text = Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded()) + "\n\n" + pem;
        var beside = Files.createTempFile(folder, PRIVATE, ".new", ownerOnly(folder));
        Files.writeString(beside, text, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        try {
            Files.createLink(file, beside);
        } catch (FileAlreadyExistsException _) {
            // another server was faster
        } finally {
            Files.delete(beside);
        }
    }

    private static java.nio.file.attribute.FileAttribute<?>[] ownerOnly(Path folder) throws IOException {
        return Files.getFileStore(folder).supportsFileAttributeView("posix")
                ? new java.nio.file.attribute.FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new java.nio.file.attribute.FileAttribute<?>[0];
    }

    /** In PEM. */
    public String publicKey() {
        return publicKey;
    }

    /** Signs a report. */
    public SignedReport sign(Object report) {
        var payload = Formats.JSON.writeValueAsString(report).getBytes(StandardCharsets.UTF_8);
        try {
            var signing = Signature.getInstance(SignedReport.ALGORITHM);
            signing.initSign(key);
            signing.update(SignedReport.signed(SignedReport.TYPE, payload));
            var signature = new SignedReport.SignatureOf(
                    Sha256.of(publicKey), Base64.getEncoder().encodeToString(signing.sign()));
            return new SignedReport(SignedReport.TYPE, Base64.getEncoder().encodeToString(payload), List.of(signature));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }
}
