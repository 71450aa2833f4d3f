package plumb.hash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Sha256Test {
    /** FIPS 180-2, appendix B.1. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void aTextHasTheDigitsOfTheStandard() {
        assertThat(Sha256.of("abc")).isEqualTo(ABC);
    }

    @Test
    void aFileHasThoseOfItsContents(@TempDir Path folder) throws IOException {
        assertThat(Sha256.of(Files.writeString(folder.resolve("abc"), "abc"))).isEqualTo(ABC);
    }

    @Test
    void piecesAddUp() {
        var digest = Sha256.start();
        Sha256.add("a", digest);
        Sha256.add("bc", digest);
        assertThat(Sha256.hex(digest)).isEqualTo(ABC);
    }
}
