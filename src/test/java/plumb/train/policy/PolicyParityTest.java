package plumb.train.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.model.Adapter;
import plumb.model.AdapterFolder;
import plumb.model.Batch;
import plumb.model.safetensors.SafetensorsFile;
import plumb.testing.Golden;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.train.HeadLoss;
import plumb.train.policy.PolicySettings.Kl;
import plumb.train.policy.PolicySettings.Mean;
import plumb.train.policy.PolicySettings.Ratio;
import plumb.train.policy.PolicySettings.Scale;
import tools.jackson.databind.JsonNode;

/** The same answers as TRL's GRPOTrainer has, the same loss and gradients; golden/policy/README.md says how they were made. */
final class PolicyParityTest {
    @ParameterizedTest
    @ValueSource(strings = {"grpo", "grpo-on-policy", "dr-grpo", "dapo", "gspo"})
    void lossAndGradientsAgree(String name) throws IOException {
        var golden = Golden.json("../policy/" + name);
        for (int batchSize : new int[] {8, 3}) {
            try (var _ = new Scope();
                    var decoder = Golden.decoder("tied");
                    var adapter = AdapterFolder.read(Golden.FOLDER.resolve("tied-lora"), decoder);
                    var headLoss = new HeadLoss()) {
                var loss = new PolicyLoss(settings(golden));
                var batches = Batch.ofLikeLengths(rows(golden, loss), batchSize);
                var step = new Passes(decoder, adapter, headLoss, batches);
                double sum = 0;
                for (var batch : batches) {
                    var share = loss.of(step, step.forward(batch, List.of()));
                    share.backward();
                    sum += share.item();
                }
                assertThat(sum).isEqualTo(golden.path("loss").asDouble(), within(1e-5));
                assertThat(loss.entropy()).isEqualTo(golden.path("entropy").asDouble(), within(1e-4));
                if (golden.path("kl").isNumber()) {
                    assertThat(loss.divergence()).isEqualTo(golden.path("kl").asDouble(), within(1e-3));
                }
                requireSameGradients(name, adapter);
            }
        }
    }

    private static void requireSameGradients(String name, Adapter adapter) throws IOException {
        try (var file = SafetensorsFile.open(Golden.FOLDER.resolve("../policy/" + name + ".safetensors"))) {
            double largest = 0;
            double gap = 0;
            for (var module : adapter.modules()) {
                var lora = java.util.Objects.requireNonNull(adapter.lora(module));
                for (var part : List.of("A", "B")) {
                    var mine =
                            (part.equals("A") ? lora.a() : lora.b()).gradient().floats();
                    var stored = file.tensor("base_model.model." + module + ".lora_" + part + ".weight");
                    var theirs = Tensor.over(stored.data(), stored.dtype(), stored.sizes())
                            .floats();
                    for (int i = 0; i < mine.length; i++) {
                        largest = Math.max(largest, Math.abs(theirs[i]));
                        gap = Math.max(gap, Math.abs(theirs[i] - mine[i]));
                    }
                }
            }
            assertThat(largest).isGreaterThan(1e-3);
            assertThat(gap).isLessThan(2e-4 * largest);
        }
    }

    private static List<Batch.Row> rows(JsonNode golden, PolicyLoss loss) {
        var rows = new ArrayList<Batch.Row>();
        int group = golden.path("group").asInt();
        var scale = golden.path("scale").asString().equals("group") ? Scale.GROUP_DEVIATION : Scale.NONE;
        for (int first = 0; first < golden.path("rows").size(); first += group) {
            int start = first;
            var advantages = Advantages.of(
                    IntStream.range(0, group)
                            .mapToDouble(i -> golden.path("rows")
                                    .get(start + i)
                                    .path("reward")
                                    .asDouble())
                            .toArray(),
                    scale);
            for (int i = 0; i < group; i++) {
                var json = golden.path("rows").get(first + i);
                assertThat(advantages[i]).isEqualTo(json.path("advantage").asDouble(), within(1e-5));
                var row = row(json);
                if (json.path("old").isArray()) {
                    loss.expect(row, advantages[i], doubles(json.path("old")));
                } else {
                    loss.expect(row, advantages[i]);
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private static Batch.Row row(JsonNode json) {
        var ids = IntStream.concat(ints(json.path("prompt")), ints(json.path("answer")))
                .toArray();
        var mask = new boolean[ids.length];
        java.util.Arrays.fill(mask, json.path("prompt").size(), ids.length, true);
        return new Batch.Row(ids, mask, false);
    }

    private static IntStream ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt());
    }

    private static double[] doubles(JsonNode array) {
        return IntStream.range(0, array.size())
                .mapToDouble(i -> array.get(i).asDouble())
                .toArray();
    }

    private static PolicySettings settings(JsonNode golden) {
        var mean = switch (golden.path("loss_type").asString()) {
            case "grpo" -> Mean.ANSWER;
            case "dapo" -> Mean.TOKEN;
            case "dr_grpo" -> Mean.CONSTANT;
            default -> throw new IllegalArgumentException("unknown loss type");
        };
        return new PolicySettings(
                golden.path("group").asInt(),
                1,
                Scale.NONE, // advantages are computed above
                mean,
                golden.path("level").asString().equals("token") ? Ratio.TOKEN : Ratio.ANSWER,
                golden.path("clip_low").asDouble(),
                golden.path("clip_high").asDouble(),
                golden.path("beta").asDouble(),
                golden.path("kl_times_ratio").asBoolean() ? Kl.K3_RATIO : Kl.K3,
                golden.path("longest").asInt(),
                1);
    }
}
