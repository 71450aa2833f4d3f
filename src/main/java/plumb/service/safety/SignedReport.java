package plumb.service.safety;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import plumb.chat.BadInput;
import plumb.json.JsonFault;
import plumb.report.Formats;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A signed text in DSSE's envelope (github.com/secure-systems-lab/dsse), so that others' tools verify it, too: what is
 * signed is the type and the exact bytes of the payload, so nobody needs to agree on how JSON is written.
 *
 * @param payloadType what the payload is
 * @param payload in base 64
 */
public record SignedReport(String payloadType, String payload, List<SignatureOf> signatures) {
    static final String TYPE = "application/vnd.plumb.safety-report+json";
    static final String ALGORITHM = "Ed25519";

    /**
     * One signature.
     *
     * @param keyid SHA-256 of the public key
     * @param sig in base 64
     */
    public record SignatureOf(String keyid, String sig) {}

    /** What is signed. */
    static byte[] signed(String type, byte[] payload) {
        var head = "DSSEv1 " + type.length() + " " + type + " " + payload.length + " ";
        var start = head.getBytes(StandardCharsets.UTF_8);
        var all = new byte[start.length + payload.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(payload, 0, all, start.length, payload.length);
        return all;
    }

    /** Reads an envelope, as DSSE spells its fields. */
    public static SignedReport read(String json) {
        try {
            var tree = Formats.JSON.readTree(json);
            var signatures = tree.path("signatures")
                    .valueStream()
                    .map(one -> new SignatureOf(
                            one.path("keyid").asString(), one.path("sig").asString()))
                    .toList();
            return new SignedReport(
                    tree.path("payloadType").asString(), tree.path("payload").asString(), signatures);
        } catch (JacksonException e) {
            throw new BadInput("this is no signed report: " + JsonFault.of(e), e);
        }
    }

    /** Writes an envelope. */
    public String json() {
        var tree = Formats.JSON.createObjectNode();
        tree.put("payloadType", payloadType);
        tree.put("payload", payload);
        var all = tree.putArray("signatures");
        signatures.forEach(one -> all.addObject().put("keyid", one.keyid()).put("sig", one.sig()));
        return tree.toPrettyString() + "\n";
    }

    /**
     * The report, if this key signed it.
     *
     * @param publicKey as {@link SigningKey#publicKey} has it
     * @throws BadInput when it did not, or when anything was changed since
     */
    public JsonNode verified(String publicKey) {
        try {
            var key = KeyFactory.getInstance(ALGORITHM)
                    .generatePublic(
                            new X509EncodedKeySpec(Base64.getMimeDecoder().decode(pemBody(publicKey))));
            var bytes = Base64.getDecoder().decode(payload);
            for (var one : signatures) {
                var check = Signature.getInstance(ALGORITHM);
                check.initVerify(key);
                check.update(signed(payloadType, bytes));
                if (payloadType.equals(TYPE) && check.verify(Base64.getDecoder().decode(one.sig()))) {
                    return Formats.JSON.readTree(bytes);
                }
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new BadInput("the signature cannot be checked: " + e.getMessage(), e);
        }
        throw new BadInput("this report is not signed by this key, or was changed since");
    }

    private static String pemBody(String pem) {
        return pem.replaceAll("-----[^-]+-----", "");
    }
}
