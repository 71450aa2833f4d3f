package plumb.train;

import plumb.hash.Sha256;
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
        var digest = Sha256.start();
        decoder.weights().forEach((name, weight) -> {
            try (var _ = new Scope()) {
                Sha256.add(name, digest);
                var memory = weight.to("cpu").contiguous().memory();
                for (long at = 0; at < memory.byteSize(); at += 1 << 30) {
                    digest.update(memory.asSlice(at, Math.min(1 << 30, memory.byteSize() - at))
                            .asByteBuffer());
                }
            }
        });
        return Sha256.hex(digest);
    }
}
