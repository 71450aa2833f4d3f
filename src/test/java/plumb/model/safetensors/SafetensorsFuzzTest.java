package plumb.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import plumb.chat.BadInput;

/** Whatever the bytes, a file either opens with tensors that lie inside it, or is refused with its name. */
final class SafetensorsFuzzTest {
    private static final Path FILE = fresh();
    private static final byte[] VALID = valid();

    @AfterContainer
    static void remove() throws IOException {
        Files.deleteIfExists(FILE);
    }

    @Property(tries = 300)
    void randomBytesNeverCrashTheReader(@ForAll byte[] bytes) throws IOException {
        opensSoundlyOrIsRefused(bytes);
    }

    @Property(tries = 1000)
    void aDamagedFileNeverCrashesTheReader(@ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int damages)
            throws IOException {
        var bytes = VALID;
        var random = new Random(seed);
        for (int i = 0; i < damages; i++) {
            bytes = damaged(bytes, random);
        }
        opensSoundlyOrIsRefused(bytes);
    }

    @Property(tries = 100)
    void whatIsWrittenIsRead(@ForAll List<Float> values, @ForAll String name, @ForAll String note) throws IOException {
        var array = new float[values.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = values.get(i);
        }
        var key = "t" + name.replaceAll("\\p{Cs}", "");
        var metadata = Map.of("note", note.replaceAll("\\p{Cs}", ""));
        SafetensorsWriter.write(FILE, List.of(StoredTensor.of(key, array, array.length)), metadata);
        try (var file = SafetensorsFile.open(FILE)) {
            assertThat(file.data(key).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)).containsExactly(array);
            assertThat(file.metadata()).isEqualTo(metadata);
        }
    }

    private static void opensSoundlyOrIsRefused(byte[] bytes) throws IOException {
        Files.write(FILE, bytes);
        try (var file = SafetensorsFile.open(FILE)) {
            long total = file.names().stream()
                    .mapToLong(name -> file.data(name).toArray(ValueLayout.JAVA_BYTE).length)
                    .sum();
            assertThat(total).isLessThan(bytes.length);
        } catch (BadInput refused) {
            assertThat(refused).hasMessageContaining(FILE.toString());
        }
    }

    private static byte[] valid() {
        var tensors = List.of(
                StoredTensor.of("model.norm.weight", new float[] {1, 2, 3, 4}, 4),
                StoredTensor.of("lm_head.weight", new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        SafetensorsWriter.write(FILE, tensors, Map.of("format", "pt"));
        try {
            return Files.readAllBytes(FILE);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Flips, writes, cuts or repeats a piece, in header and data alike. */
    private static byte[] damaged(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return bytes;
        }
        var copy = bytes.clone();
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(4)) {
            case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> copy[at] = (byte) "0123456789{}[],:\"-e.".charAt(random.nextInt(20));
            case 2 -> copy = java.util.Arrays.copyOf(bytes, at);
            default -> System.arraycopy(bytes, random.nextInt(at + 1), copy, at, bytes.length - at);
        }
        return copy;
    }

    private static Path fresh() {
        try {
            return Files.createTempFile("fuzz", ".safetensors");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
