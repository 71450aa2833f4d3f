package plumb.model.peft;

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

final class PeftConfigTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "q_proj => model.layers.0.self_attn.q_proj => true",
                "proj => model.layers.0.self_attn.q_proj => false",
                "self_attn.q_proj => model.layers.0.self_attn.q_proj => true",
                "attn.q_proj => model.layers.0.self_attn.q_proj => false",
                "model.layers.0.self_attn.q_proj => model.layers.0.self_attn.q_proj => true",
                "^model.layers.0.self_attn.q_proj => model.layers.0.self_attn.q_proj => true",
                "^layers.0.self_attn.q_proj => model.layers.0.self_attn.q_proj => false",
                "model.layers.1.self_attn.q_proj => model.layers.11.self_attn.q_proj => false",
                "[qk]_proj => model.layers.0.self_attn.k_proj => true",
                ".*q_proj.* => model.layers.0.self_attn.q_proj => true",
                "layers.(0|2).mlp.(?P<which>up|down)_proj => model.layers.2.mlp.down_proj => true",
                "layers.0 => model.layers.0.self_attn.q_proj => false",
            })
    void aPatternOfRanksFitsTheEndOfAName(String pattern, String module, boolean fits) {
        var config = read("\"rank_pattern\": {\"" + pattern + "\": 9}");
        assertThat(config.rank(module)).isEqualTo(fits ? 9 : 4);
        assertThat(config.alpha(module)).isEqualTo(8);
    }

    @Test
    void theFirstPatternThatFitsDecides() {
        var config = read("\"alpha_pattern\": {\"mlp.up_proj\": 1, \"up_proj\": 2.5, \".*\": 3}");
        assertThat(config.alpha("model.layers.0.mlp.up_proj")).isEqualTo(1);
        assertThat(config.alpha("model.layers.0.other.up_proj")).isEqualTo(2.5);
        assertThat(config.alpha("x")).isEqualTo(3);
        assertThat(config.rank("x")).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "\"target_modules\": [\"q_proj\"] => model.layers.3.self_attn.q_proj => true",
                "\"target_modules\": [\"q_proj\"] => model.layers.3.self_attn.k_proj => false",
                "\"target_modules\": [\"proj\"] => model.layers.3.self_attn.k_proj => false",
                "\"target_modules\": \"all-linear\" => model.layers.3.mlp.up_proj => true",
                "\"target_modules\": \"All-Linear\" => model.layers.3.mlp.up_proj => true",
                "\"target_modules\": \".*q_proj\" => model.layers.3.self_attn.q_proj => true",
                "\"target_modules\": \"q_proj\" => model.layers.3.self_attn.q_proj => false",
                "\"target_modules\": \".*(q|v)_pr\" => model.layers.3.self_attn.q_proj => false",
                "\"target_modules\": \".*\", \"exclude_modules\": [\"q_proj\"] => model.layers.3.self_attn.q_proj => false",
                "\"target_modules\": [\"q_proj\"], \"exclude_modules\": \".*3.*\" => model.layers.3.self_attn.q_proj => false",
                "\"target_modules\": [\"q_proj\"], \"exclude_modules\": \"3\" => model.layers.3.self_attn.q_proj => true",
                "\"target_modules\": [\"q_proj\"], \"layers_to_transform\": 3 => model.layers.3.self_attn.q_proj => true",
                "\"target_modules\": [\"q_proj\"], \"layers_to_transform\": [1, 2] => model.layers.3.self_attn.q_proj => false",
                "\"target_modules\": [\"model.layers.3.self_attn.q_proj\"], \"layers_to_transform\": [1] => model.layers.3.self_attn.q_proj => true",
                "\"target_modules\": [\"q_proj\"], \"layers_to_transform\": [3], \"layers_pattern\": \"layers\" => model.layers.3.self_attn.q_proj => true",
                "\"target_modules\": [\"q_proj\"], \"layers_to_transform\": [3], \"layers_pattern\": [\"h\"] => model.layers.3.self_attn.q_proj => false",
            })
    void modulesAreNamedInEveryWay(String settings, String module, boolean adapted) {
        assertThat(read(settings).targets().orElseThrow().contains(module)).isEqualTo(adapted);
    }

    @Test
    void aFileMayLeaveTheModulesToWhatIsStored() {
        assertThat(read("\"target_modules\": null").targets()).isEmpty();
        assertThat(read("\"x\": 1").targets()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "\"modules_to_save\": [\"lm_head\"] => modules_to_save (whole modules",
                "\"use_dora\": true => use_dora (DoRA",
                "\"kasa_config\": {\"a\": 1} => kasa_config",
                "\"layer_replication\": [[0, 1]] => layer_replication",
                "\"trainable_token_indices\": [1] => trainable_token_indices",
                "\"target_parameters\": [\"w\"] => target_parameters",
                "\"bias\": \"lora_only\" => bias: lora_only",
                "\"init_lora_weights\": \"pissa_niter_4\" => init_lora_weights: pissa_niter_4",
                "\"rank_pattern\": {\"q_proj\": 0} => rank_pattern needs whole numbers of at least 1, found 0",
                "\"rank_pattern\": {\"q_proj\": \"a\"} => rank_pattern needs whole numbers",
                "\"rank_pattern\": {\"(q_proj\": 2} => (q_proj', which is no regular expression",
                "\"rank_pattern\": [2] => rank_pattern must map names to numbers",
                "\"alpha_pattern\": {\"q_proj\": -1} => alpha_pattern needs positive numbers, found -1",
                "\"target_modules\": [1] => target_modules must be a list of names or a regular expression",
                "\"target_modules\": \"[\" => no regular expression",
                "\"layers_to_transform\": [\"a\"] => layers_to_transform needs whole numbers",
                "\"r\": 1.5 => needs peft_type LORA, r and lora_alpha",
                "\"lora_alpha\": 0 => lora_alpha needs positive numbers",
            })
    void whatCannotBeHonouredIsRefusedInOneLine(String settings, String message) {
        assertThatThrownBy(() -> read(settings))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(folder.toString(), message)
                .hasMessageNotContainingAny("\n");
    }

    @Test
    void whatIsOffIsNoReasonToRefuse() {
        var config = read("""
                "modules_to_save": null, "use_dora": false, "layer_replication": [], "kasa_config": {}, "bias": "none",
                "init_lora_weights": "gaussian", "lora_dropout": 0.3, "use_rslora": true, "eva_config": {"rho": 2.0},
                "base_model_name_or_path": "somebody/tiny"
                """);
        assertThat(config.rslora()).isTrue();
        assertThat(config.base()).contains("somebody/tiny");
    }

    @Test
    void namesOfMatricesAreTakenApart() {
        assertThat(MatrixName.parse("base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"))
                .hasValueSatisfying(name -> {
                    assertThat(name.module()).isEqualTo("model.layers.0.mlp.up_proj");
                    assertThat(name.matrix()).isEqualTo(MatrixName.Matrix.A);
                    assertThat(MatrixName.of(name.module(), name.matrix())).isEqualTo(name.stored());
                });
        assertThat(MatrixName.parse("model.layers.0.mlp.up_proj.lora_B.default.weight"))
                .hasValueSatisfying(name -> assertThat(name.module()).isEqualTo("model.layers.0.mlp.up_proj"));
        assertThat(MatrixName.parse("base_model.model.model.embed_tokens.lora_embedding_A"))
                .isEmpty();
        assertThat(MatrixName.parse("base_model.model.lm_head.weight")).isEmpty();
        assertThat(MatrixName.parse("base_model.model.q.lora_magnitude_vector")).isEmpty();
    }

    private PeftConfig read(String settings) {
        try {
            var file = folder.resolve("adapter_config.json");
            var defaults = "{\"peft_type\": \"LORA\""
                    + (settings.contains("\"r\":") ? "" : ", \"r\": 4")
                    + (settings.contains("\"lora_alpha\":") ? "" : ", \"lora_alpha\": 8");
            Files.writeString(file, defaults + ", " + settings + "}");
            return PeftConfig.read(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
