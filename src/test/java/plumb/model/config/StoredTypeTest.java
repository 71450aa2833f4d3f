package plumb.model.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.torch.Dtype;

final class StoredTypeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"dtype\": \"float32\", \"x\": 1e-05} | {\"dtype\": \"bfloat16\", \"x\": 1e-05}",
                "{\"x\": 1, \"torch_dtype\" :\"float16\"} | {\"x\": 1, \"torch_dtype\" :\"bfloat16\"}",
                "{\"dtype\": null} | {\"dtype\": \"bfloat16\"}",
                "{\"text_config\": {\"dtype\": \"float32\"}, \"dtype\": \"float32\"}"
                        + " | {\"text_config\": {\"dtype\": \"bfloat16\"}, \"dtype\": \"bfloat16\"}",
                "{\"kv_dtype\": \"float32\", \"dtype\": \"float32\"} | {\"kv_dtype\": \"float32\", \"dtype\": \"bfloat16\"}",
            })
    void theFieldIsReplacedAndNothingElse(String before, String after) {
        assertThat(StoredType.replaced(before, Dtype.BF16)).isEqualTo(after);
    }

    @ParameterizedTest
    @CsvSource({"F32, float32", "F16, float16"})
    void aConfigurationThatNamesNoneGetsOne(Dtype dtype, String name) {
        assertThat(StoredType.replaced("{\"a\": {}}", dtype)).isEqualTo("{\n  \"dtype\": \"" + name + "\",\"a\": {}}");
    }
}
