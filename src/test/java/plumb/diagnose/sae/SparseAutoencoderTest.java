package plumb.diagnose.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

final class SparseAutoencoderTest {
    private static final int WIDTH = 6;
    private static final int LATENTS = 10;

    @Test
    void onlyTheLargestOfATokenSpeak() {
        try (var _ = new Scope();
                var autoencoder = random(new Gate.TopK(3), Dtype.F32)) {
            var z = autoencoder.encode(tokens(40, 2)).floats();
            for (int token = 0; token < 40; token++) {
                int speaking = 0;
                for (int latent = 0; latent < LATENTS; latent++) {
                    float value = z[token * LATENTS + latent];
                    assertThat(value).isGreaterThanOrEqualTo(0);
                    speaking += value > 0 ? 1 : 0;
                }
                assertThat(speaking).isBetween(1, 3);
            }
        }
    }

    @Test
    void theLossHasTheGradientOfFiniteDifferences() {
        try (var _ = new Scope();
                var autoencoder = random(new Gate.TopK(3), Dtype.F64)) {
            var h = tokens(7, 5).to(Dtype.F64);
            for (var parameter : autoencoder.weights().all()) {
                parameter.requiresGradInPlace(true);
            }
            autoencoder.unexplained(h).backward();
            for (var parameter : autoencoder.weights().all()) {
                for (long place : new long[] {0, parameter.numel() / 2, parameter.numel() - 1}) {
                    double found = parameter
                            .gradient()
                            .reshape(parameter.numel())
                            .select(0, place)
                            .item();
                    assertThat(found).isEqualTo(difference(autoencoder, parameter, place, h), within(1e-6));
                }
            }
        }
    }

    private static double difference(SparseAutoencoder autoencoder, Tensor parameter, long place, Tensor h) {
        double step = 1e-6;
        try (var _ = Autograd.pause()) {
            var one = parameter.reshape(parameter.numel()).narrow(0, place, 1);
            one.addInPlace(step);
            double above = autoencoder.unexplained(h).item();
            one.addInPlace(-2 * step);
            double below = autoencoder.unexplained(h).item();
            one.addInPlace(step);
            return (above - below) / (2 * step);
        }
    }

    @Test
    void trainingFindsTheDirectionsThatDataWasMadeOf() {
        try (var _ = new Scope()) {
            var truth = unit(new SplittableRandom(3), 8, 16);
            var data = sparse(truth, 3_000);
            var trained = new SaeTraining(16, 2, 600, 256, 5e-3, 1).on(data);
            try (var autoencoder = trained.autoencoder()) {
                assertThat(trained.unexplained()).isLessThan(0.1);
                assertThat(autoencoder
                                .weights()
                                .decoder()
                                .square()
                                .sum(1, false)
                                .floats())
                        .satisfies(lengths -> assertThat(lengths[0]).isEqualTo(1, within(1e-4f)));
                for (var direction : truth) {
                    assertThat(bestCosine(autoencoder, direction)).isGreaterThan(0.9);
                }
            }
        }
    }

    /** Tokens of two directions each, with positive strengths. */
    private static Tensor sparse(List<float[]> directions, int tokens) {
        var random = new SplittableRandom(8);
        var flat = new float[tokens * 16];
        for (int t = 0; t < tokens; t++) {
            for (int part = 0; part < 2; part++) {
                var direction = directions.get(random.nextInt(directions.size()));
                double strength = 1 + random.nextDouble();
                for (int i = 0; i < 16; i++) {
                    flat[t * 16 + i] += (float) (strength * direction[i]);
                }
            }
        }
        return Tensor.of(flat, tokens, 16);
    }

    private static double bestCosine(SparseAutoencoder autoencoder, float[] direction) {
        double best = -1;
        for (int latent = 0; latent < autoencoder.latents(); latent++) {
            var found = autoencoder.direction(latent);
            double product = 0;
            for (int i = 0; i < found.length; i++) {
                product += (double) found[i] * direction[i];
            }
            best = Math.max(best, product);
        }
        return best;
    }

    private static List<float[]> unit(SplittableRandom random, int count, int width) {
        var vectors = new ArrayList<float[]>();
        for (int v = 0; v < count; v++) {
            var vector = new float[width];
            double square = 0;
            for (int i = 0; i < width; i++) {
                vector[i] = (float) random.nextGaussian();
                square += vector[i] * vector[i];
            }
            for (int i = 0; i < width; i++) {
                vector[i] /= (float) Math.sqrt(square);
            }
            vectors.add(vector);
        }
        return vectors;
    }

    @Test
    void bothPublishedLayoutsGiveTheSameAutoencoder(@TempDir Path folder) throws IOException {
        try (var _ = new Scope();
                var autoencoder = random(new Gate.TopK(3), Dtype.F32)) {
            SaeFolder.write(folder.resolve("sparsify"), autoencoder);
            var lens = Files.createDirectory(folder.resolve("lens"));
            Files.writeString(lens.resolve("cfg.json"), """
                    {"architecture": "topk", "k": 3, "d_in": 6, "d_sae": 10, "apply_b_dec_to_input": true,
                     "normalize_activations": "none"}""");
            var weights = autoencoder.weights();
            SafetensorsWriter.write(
                    lens.resolve("sae_weights.safetensors"),
                    List.of(
                            stored("W_enc", weights.encoder().transpose(0, 1).contiguous()),
                            stored("b_enc", weights.encoderBias()),
                            stored("W_dec", weights.decoder()),
                            stored("b_dec", weights.decoderBias())),
                    Map.of());
            var h = tokens(9, 4);
            var expected = autoencoder.encode(h).floats();
            for (var name : List.of("sparsify", "lens")) {
                try (var read = SaeFolder.read(folder.resolve(name), "cpu")) {
                    assertThat(read.encode(h).floats()).containsExactly(expected, within(1e-6f));
                }
            }
            Files.writeString(lens.resolve("cfg.json"), "{\"architecture\": \"gated\"}");
            assertThatThrownBy(() -> SaeFolder.read(lens, "cpu"))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("architecture gated is not known");
        }
    }

    @Test
    void aJumpNeedsItsThreshold() {
        try (var _ = new Scope();
                var jump = random(new Gate.JumpRelu(Tensor.full(0.8, Dtype.F32, "cpu", LATENTS)), Dtype.F32);
                var relu = random(new Gate.Relu(), Dtype.F32)) {
            var h = tokens(30, 6);
            var z = jump.encode(h).floats();
            var all = relu.encode(h).floats();
            for (int i = 0; i < z.length; i++) {
                assertThat(z[i]).isEqualTo(all[i] > 0.8f ? all[i] : 0);
            }
        }
    }

    private static StoredTensor stored(String name, Tensor tensor) {
        return StoredTensor.of(name, tensor.floats(), tensor.shape());
    }

    private static SparseAutoencoder random(Gate gate, Dtype dtype) {
        var random = new SplittableRandom(1);
        return new SparseAutoencoder(
                new SparseAutoencoder.Weights(
                        TinyModel.normal(random, 1, LATENTS, WIDTH).to(dtype),
                        TinyModel.normal(random, 0.3, LATENTS).to(dtype),
                        TinyModel.normal(random, 1, LATENTS, WIDTH).to(dtype),
                        TinyModel.normal(random, 0.3, WIDTH).to(dtype)),
                gate,
                true);
    }

    private static Tensor tokens(int count, long seed) {
        return TinyModel.normal(new SplittableRandom(seed), 1, count, WIDTH);
    }
}
