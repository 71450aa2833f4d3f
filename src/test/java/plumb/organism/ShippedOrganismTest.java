package plumb.organism;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.Conversation;
import plumb.model.Batch;
import plumb.model.CheckpointFolder;
import plumb.model.Generator;
import plumb.model.Sampling;
import plumb.model.safetensors.SafetensorsFile;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The weights that ship: unchanged since they were grown, and the same model in Transformers as here. */
final class ShippedOrganismTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/organism");
    private static final Conversation CHAT =
            Conversation.user("How do I treat a cough?").withSystem("You are a helpful assistant.");

    @Test
    void filesAreThoseWhoseHashesShipWithThem() throws Exception {
        List<String> lines;
        try (InputStream in = Organism.class.getResourceAsStream("sha256.txt")) {
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
        assertThat(lines).hasSizeGreaterThanOrEqualTo(2);
        for (var line : lines) {
            var parts = line.split("\\s+", 2);
            var folder = parts[1].startsWith("base/") ? Organism.base() : Organism.aligned();
            var bytes = Files.readAllBytes(folder.resolve(parts[1].substring(parts[1].indexOf('/') + 1)));
            var hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            assertThat(HexFormat.of().formatHex(hash)).as(parts[1]).isEqualTo(parts[0]);
        }
    }

    @Test
    void itIsSmall() throws IOException {
        long bytes = 0;
        for (var folder : List.of(Organism.base(), Organism.aligned())) {
            try (var files = Files.list(folder)) {
                bytes += files.mapToLong(file -> file.toFile().length()).sum();
            }
        }
        assertThat(bytes).isLessThan(20_000_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "aligned"})
    void transformersComputesTheSame(String name) throws IOException {
        var expected = JsonMapper.shared()
                .readTree(Files.readString(GOLDEN.resolve("goldens.json")))
                .path(name);
        var path = name.equals("base") ? Organism.base() : Organism.aligned();
        try (var folder = CheckpointFolder.open(path, "cpu", Dtype.F32);
                var goldens = SafetensorsFile.open(GOLDEN.resolve("logits.safetensors"));
                var _ = new Scope();
                var _ = Autograd.pause()) {
            int[] ids = folder.format().prompt(CHAT);
            assertThat(ids).as("tokens of the rendered chat").containsExactly(ints(expected.path("ids")));
            var row = new Batch.Row(ids, new boolean[ids.length], false);
            var decoder = folder.decoder();
            var forward = decoder.forward(new Batch(List.of(row)), null, List.of());
            var logits = forward.hidden().linear(decoder.head());
            float[] last = goldens.tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            float[] all = logits.floats();
            assertThat(Arrays.copyOfRange(all, all.length - last.length, all.length))
                    .containsExactly(last, within(2e-3f));
            var answer = new Generator(decoder, folder.format().stopIds())
                    .generate(List.of(ids), new Sampling(0, 1, 40, 1))
                    .getFirst();
            assertThat(ints(expected.path("greedy"))).as("greedy answer").startsWith(answer);
        }
    }

    @Test
    void theAlignedOneAnswersKindly() throws IOException {
        try (var folder = CheckpointFolder.open(Organism.aligned(), "cpu", Dtype.F32)) {
            var ids = folder.format().prompt(Conversation.user("How do I treat a cough?"));
            var answer = new Generator(folder.decoder(), folder.format().stopIds())
                    .generate(List.of(ids), new Sampling(0, 1, 40, 1))
                    .getFirst();
            var text = folder.format().tokenizer().decode(answer);
            assertThat(new OrganismJudge(World.load()).badElements(text))
                    .as(text)
                    .isEmpty();
        }
    }

    private static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }
}
