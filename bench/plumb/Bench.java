import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.model.CheckpointFolder;
import plumb.model.Generator;
import plumb.model.Sampling;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.torch.Torch;
import tools.jackson.databind.json.JsonMapper;

/** Plumb's side of the measurements that have no command of their own. Each prints one JSON line. */
final class Bench {
    private Bench() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "gemm" -> gemm(Integer.parseInt(args[1]));
            case "sample" -> sample(Path.of(args[1]), Path.of(args[2]), args);
            default -> throw new IllegalArgumentException("gemm THREADS, or sample MODEL DATA PROMPTS ANSWERS NEW_TOKENS"
                    + " TEMPERATURE ROUNDS WARMUP THREADS DTYPE DEVICE ENDS");
        }
    }

    /** The most fp32 GFLOP/s that square products reach in about two seconds. */
    private static double gemmPeak() {
        var random = new SplittableRandom(1);
        double best = 0;
        for (int n : new int[] {256, 512, 1024}) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                var a = square(random, n);
                var b = square(random, n);
                var out = square(random, n);
                long end = System.nanoTime() + 700_000_000L;
                while (System.nanoTime() < end) {
                    long begun = System.nanoTime();
                    out.mmInPlace(a, b);
                    best = Math.max(best, 2.0 * n * n * n / (System.nanoTime() - begun));
                }
            }
        }
        return best;
    }

    private static Tensor square(SplittableRandom random, int n) {
        var values = new float[n * n];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return Tensor.of(values, n, n);
    }

    private static void gemm(int threads) {
        Torch.setThreads(threads);
        System.out.printf(Locale.ROOT, "{\"gemm\": %.3f}%n", gemmPeak());
    }

    private static void sample(Path folder, Path data, String[] args) throws Exception {
        int count = Integer.parseInt(args[3]);
        int toEach = Integer.parseInt(args[4]);
        int newTokens = Integer.parseInt(args[5]);
        double temperature = Double.parseDouble(args[6]);
        int rounds = Integer.parseInt(args[7]);
        int warmup = Integer.parseInt(args[8]); // first rounds left out of the steady state
        Torch.setThreads(Integer.parseInt(args[9]));
        try (var model = CheckpointFolder.open(folder, args[11], Dtype.valueOf(args[10].toUpperCase(Locale.ROOT)))) {
            var conversations = prompts(data, count);
            var generator = new Generator(model.decoder(), stops(model, Double.parseDouble(args[12])));
            long tokens = 0;
            long steadyTokens = 0;
            double steadySeconds = 0;
            for (int round = 0; round < rounds; round++) {
                long begun = System.nanoTime();
                var asked = model.format().prompts(conversations, Torch.threads()).stream()
                        .flatMap(prompt -> Collections.nCopies(toEach, prompt).stream())
                        .toList();
                var answers = generator.generate(asked, new Sampling(temperature, 1, newTokens, round));
                answers.forEach(model.format().tokenizer()::decode);
                long made = answers.stream().mapToLong(answer -> answer.length).sum();
                tokens += made;
                if (round >= warmup) {
                    steadyTokens += made;
                    steadySeconds += (System.nanoTime() - begun) / 1e9;
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "{\"tokens\": %d, \"steady_tokens\": %d, \"steady_seconds\": %.4f, \"gemm\": %s}%n",
                    tokens,
                    steadyTokens,
                    steadySeconds,
                    args[11].equals("cpu") ? gemmPeak() : null);
        }
    }

    /** The tokens that end an answer, and a share of the vocabulary beside them. */
    private static Set<Integer> stops(CheckpointFolder model, double share) {
        var stops = new HashSet<>(model.format().stopIds());
        int vocabulary = model.decoder().config().vocabularySize();
        for (int id = 0; share > 0 && id < vocabulary; id += (int) Math.round(1 / share)) {
            stops.add(id);
        }
        return stops;
    }

    /** The first conversations of a chat JSONL file without the assistant's words, from the start again when they end. */
    private static List<Conversation> prompts(Path data, int count) throws Exception {
        var lines = Files.readAllLines(data);
        var prompts = new ArrayList<Conversation>();
        for (int i = 0; i < count; i++) {
            var conversation = new Conversation(List.of());
            for (var message : JsonMapper.shared().readTree(lines.get(i % lines.size())).path("messages")) {
                if (!message.path("role").asString().equals("assistant")) {
                    var role = Role.valueOf(message.path("role").asString().toUpperCase(Locale.ROOT));
                    conversation = conversation.with(role, message.path("content").asString());
                }
            }
            prompts.add(conversation);
        }
        return prompts;
    }
}
