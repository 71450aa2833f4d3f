package plumb.organism.unpacked;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnpackedFolderTest {
    private static final SortedMap<String, byte[]> FILES =
            new TreeMap<>(Map.of("a.json", bytes("one"), "b.json", bytes("two")));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whole_files_are_left_alone_and_others_made_whole(@TempDir Path folder) throws IOException {
        UnpackedFolder.filled(folder, FILES);
        var key = Files.readAttributes(folder.resolve("b.json"), "unix:ino").get("ino");
        Files.writeString(folder.resolve("a.json"), "cut");
        UnpackedFolder.filled(folder, FILES);
        assertThat(folder.resolve("a.json")).hasContent("one");
        assertThat(Files.readAttributes(folder.resolve("b.json"), "unix:ino")).containsEntry("ino", key);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void the_folder_is_named_by_what_is_in_it(@TempDir Path cache) {
        var one = UnpackedFolder.of(cache, "test", FILES);
        assertThat(one).hasParent(cache);
        assertThat(UnpackedFolder.of(cache, "test", FILES)).isEqualTo(one);
        var other = new TreeMap<>(Map.of("a.json", bytes("one"), "b.json", bytes("three")));
        assertThat(UnpackedFolder.of(cache, "test", other)).isNotEqualTo(one);
    }

    @Test
    void where_the_cache_is_no_folder_a_temporary_one_serves(@TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("cache"), "");
        var temporary = UnpackedFolder.of(file, "test", FILES);
        assertThat(temporary.resolve("b.json")).hasContent("two");
    }
}
