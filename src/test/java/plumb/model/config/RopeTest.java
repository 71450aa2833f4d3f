package plumb.model.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Frequencies bit for bit. The numbers are those of PyTorch 2.13.0, {@code 1.0 / theta ** (torch.arange(0, d, 2,
 * dtype=torch.float) / d)}, and of {@code ROPE_INIT_FUNCTIONS} in Transformers 5.24.0, on a processor with AVX-512.
 */
final class RopeTest {
    @Test
    void frequenciesAreTheReferencesToTheLastBit() {
        assertThat(bits(Rope.plain(500_000), 16))
                .containsExactly(
                        0x3f800000, 0x3e4693b0, 0x3d1a08c8, 0x3beef74f, 0x3ab95d21, 0x398fc8f8, 0x385f10c4, 0x372d07a7);
        assertThat(bits(Rope.plain(1_000_000), 20))
                .containsExactly(
                        0x3f800000,
                        0x3e809bcc,
                        0x3d813856,
                        0x3c81d59d,
                        0x3b8273a6,
                        0x3a83126f,
                        0x3983b1f5,
                        0x38845245,
                        0x3784f351,
                        0x36859528);
        assertThat(bits(Rope.plain(10_000), 24))
                .containsExactly(
                        0x3f800000,
                        0x3eeda63c,
                        0x3e5c9d35,
                        0x3dcccccd,
                        0x3d3e1e95,
                        0x3cb07dc6,
                        0x3c23d70a,
                        0x3b98187a,
                        0x3b0d3169,
                        0x3a83126f,
                        0x39f35a5c,
                        0x3961e8a7);
        assertThat(bits(Rope.plain(1_000_000), 64))
                .containsExactly(
                        0x3f800000,
                        0x3f263de0,
                        0x3ed7e89b,
                        0x3e8c3504,
                        0x3e361887,
                        0x3dec7fd6,
                        0x3d99940d,
                        0x3d47763f,
                        0x3d0186e3,
                        0x3ca8398b,
                        0x3c5a7bf2,
                        0x3c0de12d,
                        0x3bb8449c,
                        0x3b6f520e,
                        0x3b1b690d,
                        0x3ac9d75c,
                        0x3a83126f,
                        0x3a2a3b44,
                        0x39dd1725,
                        0x398f9272,
                        0x393a7753,
                        0x38f22ce2,
                        0x389d43a4,
                        0x384c3fbe,
                        0x3804a2b2,
                        0x37ac431d,
                        0x375fba4f,
                        0x371148e3,
                        0x36bcb0c1,
                        0x36751070,
                        0x361f23e4,
                        0x35ceaf79);
    }

    @Test
    void scaledFrequenciesAreTheReferencesToTheLastBit() {
        assertThat(bits(new Rope(1_000_000, new Rope.Linear(3)), 20))
                .containsExactly(
                        0x3eaaaaab,
                        0x3dab7a65,
                        0x3cac4b1d,
                        0x3bad1cd1,
                        0x3aadef88,
                        0x39aec33f,
                        0x38af97f1,
                        0x37b06db1,
                        0x36b1446c,
                        0x35b21c35);
        assertThat(bits(new Rope(500_000, new Rope.Llama3(32, 1, 4, 256)), 24))
                .containsExactly(
                        0x3f800000,
                        0x3eab8944,
                        0x3de5e155,
                        0x3bfa491b,
                        0x39ce6ce9,
                        0x390a5172,
                        0x38395d21,
                        0x37786938,
                        0x36a67376,
                        0x35df10c4,
                        0x351577d2,
                        0x34484e55);
    }

    private static int[] bits(Rope rope, int headDim) {
        return IntStream.range(0, headDim / 2)
                .map(i -> Float.floatToIntBits(rope.frequency(i, headDim / 2)))
                .toArray();
    }
}
