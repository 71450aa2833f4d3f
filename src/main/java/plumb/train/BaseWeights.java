package plumb.train;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import plumb.model.Decoder;
import plumb.torch.Scope;

/** The base weights' SHA-256, taken before training and asked for again after it: training must not have touched them. */
record BaseWeights(Decoder decoder, String hash) {

    static BaseWeights of(Decoder decoder) {
        decoder.weights().forEach((name, weight) -> {
            if (weight.requiresGrad()) {
                throw new IllegalStateException(
                        "the base weight " + name + " asks for gradients; an adapter is trained on frozen weights");
            }
        });
        return new BaseWeights(decoder, hash(decoder));
    }

    void requireUnchanged() {
        var now = hash(decoder);
        if (!now.equals(hash)) {
            throw new IllegalStateException("the base weights changed during training: SHA-256 " + hash + " before, "
                    + now + " after; nothing that was trained can be trusted");
        }
    }

    private static String hash(Decoder decoder) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            decoder.weights().forEach((name, weight) -> {
                try (var _ = new Scope()) {
                    digest.update(name.getBytes(StandardCharsets.UTF_8));
                    var memory = weight.to("cpu").contiguous().memory();
                    for (long at = 0; at < memory.byteSize(); at += 1 << 30) {
                        digest.update(memory.asSlice(at, Math.min(1 << 30, memory.byteSize() - at))
                                .asByteBuffer());
                    }
                }
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
