package plumb.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.chat.BadInput;

/** Rotary settings in every spelling; what is expected was read off Transformers 5.24.0. */
final class RopesTest {
    private static final Rope LINEAR = new Rope(10_000, new Rope.Linear(4));

    @TempDir
    private Path folder = Path.of("");

    @Test
    void scalingStandsInPlaceOfParameters() throws IOException {
        var both = "'rope_parameters': {'rope_type': 'default', 'rope_theta': 10000.0}, ";
        assertThat(llama(both + "'rope_scaling': {'rope_type': 'linear', 'factor': 4.0}"))
                .isEqualTo(LINEAR);
        assertThat(llama(both + "'rope_scaling': {}")).isEqualTo(Rope.plain(10_000));
        assertThat(llama(both + "'rope_scaling': null")).isEqualTo(Rope.plain(10_000));
    }

    @Test
    void theOlderNameOfTheTypeCountsInBoth() throws IOException {
        assertThat(llama("'rope_parameters': {'type': 'linear', 'factor': 4.0}"))
                .isEqualTo(LINEAR);
        assertThat(llama("'rope_scaling': {'type': 'linear', 'factor': 4.0}")).isEqualTo(LINEAR);
        assertThat(llama("'rope_scaling': {'type': 'linear', 'rope_type': 'linear', 'factor': 4.0}"))
                .isEqualTo(LINEAR);
    }

    @Test
    void thetaInsideCountsMoreThanAtTheTop() throws IOException {
        assertThat(llama("'rope_scaling': {'rope_type': 'linear', 'factor': 4.0, 'rope_theta': 7000}"))
                .isEqualTo(new Rope(7000, new Rope.Linear(4)));
        assertThat(llama("'rope_theta': 500, 'rope_scaling': {'type': 'linear', 'factor': 4.0, 'rope_theta': 7000}"))
                .isEqualTo(new Rope(7000, new Rope.Linear(4)));
        assertThat(llama("'rope_theta': 500, 'rope_parameters': {'rope_type': 'default', 'rope_theta': 7000}"))
                .isEqualTo(Rope.plain(7000));
        assertThat(llama("'rope_theta': 500, 'rope_parameters': {'rope_type': 'default'}"))
                .isEqualTo(Rope.plain(500));
    }

    @Test
    void gemmasScalingIsLaidOverTheLayersThatSeeEverything() throws IOException {
        var gemma = read(
                "Gemma3ForCausalLM",
                "'rope_parameters': {'full_attention': {'rope_type': 'default', 'rope_theta': 5000},"
                        + " 'sliding_attention': {'rope_type': 'default', 'rope_theta': 300}},"
                        + " 'rope_scaling': {'rope_type': 'linear', 'factor': 4.0}");
        assertThat(gemma.rope()).isEqualTo(new Rope(5000, new Rope.Linear(4)));
        assertThat(gemma.architecture().local().orElseThrow().rope()).isEqualTo(Rope.plain(300));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'rope_parameters': {'rope_type': 'default'}, 'rope_scaling': {'rope_type': 'yarn', 'factor': 4.0} | type yarn",
                "'rope_parameters': {'rope_type': 'yarn', 'factor': 4.0}, 'rope_scaling': {'rope_type': 'default'} | type yarn",
                "'rope_parameters': {'type': 'yarn', 'factor': 4.0} | type yarn",
                "'rope_scaling': {'type': 'yarn', 'factor': 4.0} | type yarn",
                "'rope_scaling': {'rope_type': 'default', 'type': 'linear', 'factor': 4.0} | the type linear",
                "'rope_parameters': {'rope_theta': 1e6}, 'rope_scaling': {'type': 'linear', 'factor': 4} | Transformers then drops",
                "'rope_parameters': {'full_attention': {'rope_type': 'default'}} | are Gemma's",
                "'rope_scaling': 'yarn' | rope_scaling must be an object",
            })
    void whatCannotBeHonouredIsRefusedWhereverItStands(String settings, String message) {
        assertThatThrownBy(() -> llama(settings)).isInstanceOf(BadInput.class).hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'rope_parameters': {'rope_type': 'linear', 'factor': 8.0} | one object for full_attention",
                "'rope_scaling': {'rope_type': 'yarn', 'factor': 8.0} | type yarn",
                "'rope_scaling': {'type': 'linear', 'factor': 8.0} | the type linear",
                "'rope_parameters': {'full_attention': {'type': 'yarn', 'factor': 8.0}} | type yarn",
                "'rope_parameters': {'sliding_attention': {'type': 'yarn', 'factor': 8.0}} | type yarn",
            })
    void inGemmaToo(String settings, String message) {
        assertThatThrownBy(() -> read("Gemma3ForCausalLM", settings))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }

    private Rope llama(String settings) throws IOException {
        return read("LlamaForCausalLM", settings).rope();
    }

    private ModelConfig read(String architecture, String settings) throws IOException {
        var file = folder.resolve("config.json");
        Files.writeString(
                file,
                ("{'architectures': ['" + architecture
                                + "'], 'vocab_size': 8, 'hidden_size': 8, 'intermediate_size': 8,"
                                + " 'num_hidden_layers': 2, 'num_attention_heads': 2, 'num_key_value_heads': 2, "
                                + settings
                                + "}")
                        .replace('\'', '"'));
        return ConfigJson.read(file);
    }
}
