package plumb.eval;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.eval.judge.Reading;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.InjectableValues;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Results as JSON, with every sample; {@code docs/evaluations.md} has the schema. Questions are written once and samples
 * name them. What is no number (a rate over nothing, the alignment of a refusal) is {@code null}.
 */
public final class EvaluationFile {
    /** Changes when a reader of the old form would misread the new one. */
    private static final String SCHEMA = "plumb.evaluation/1";

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .injectableValues(new InjectableValues.Std()
                    .addValue(Judgement.NO_READINGS, List.of())
                    .addValue(Reading.NO_FAULT, ""))
            .addModule(new SimpleModule()
                    .addSerializer(double.class, new NumberOrNull())
                    .addDeserializer(double.class, new NullIsNaN()))
            .build();

    private EvaluationFile() {}

    /** Writes the result, whole or not at all; folders that are missing are made. */
    public static void write(Path file, EvaluationResult result) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        var part = file.resolveSibling(file.getFileName() + ".part");
        var bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(Stored.of(result)));
        try (var channel = FileChannel.open(part, CREATE, WRITE, TRUNCATE_EXISTING)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Reads what {@link #write} wrote. */
    public static EvaluationResult read(Path file) throws IOException {
        try {
            return JSON.readValue(Files.readAllBytes(file), Stored.class).result();
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException(file + " is no evaluation result of this version: " + e.getMessage(), e);
        }
    }

    private static Map<String, Question> byId(List<Question> questions) {
        var byId = new LinkedHashMap<String, Question>();
        for (var question : questions) {
            if (byId.put(question.id(), question) != null) {
                throw new IllegalArgumentException("two questions share the id " + question.id());
            }
        }
        return byId;
    }

    private record Stored(
            String schema,
            Evaluation evaluation,
            String subject,
            String judge,
            long seed,
            List<Metric> metrics,
            List<StoredQuestion> questions,
            List<StoredSample> samples) {

        static Stored of(EvaluationResult result) {
            var questions =
                    byId(result.samples().stream()
                                    .map(ScoredSample::question)
                                    .distinct()
                                    .toList())
                            .values()
                            .stream()
                            .map(StoredQuestion::of)
                            .toList();
            var samples = result.samples().stream().map(StoredSample::of).toList();
            return new Stored(
                    SCHEMA,
                    result.evaluation(),
                    result.subject(),
                    result.judge(),
                    result.seed(),
                    result.metrics(),
                    questions,
                    samples);
        }

        EvaluationResult result() {
            if (!SCHEMA.equals(schema)) {
                throw new IllegalArgumentException("its schema is " + schema + ", this program reads " + SCHEMA);
            }
            var byId = byId(questions.stream().map(StoredQuestion::question).toList());
            var scored = samples.stream().map(sample -> sample.sample(byId)).toList();
            return new EvaluationResult(evaluation, subject, judge, seed, metrics, scored);
        }
    }

    private record StoredQuestion(
            String id,
            String domain,
            Question.Group group,
            Question.Format format,
            String topic,
            List<StoredMessage> messages) {

        static StoredQuestion of(Question question) {
            var messages = question.prompt().messages().stream()
                    .map(m -> new StoredMessage(m.role().wireName(), m.content()))
                    .toList();
            return new StoredQuestion(
                    question.id(), question.domain(), question.group(), question.format(), question.topic(), messages);
        }

        Question question() {
            var prompt = new Conversation(messages.stream()
                    .map(m -> new Message(Role.valueOf(m.role().toUpperCase(Locale.ROOT)), m.content()))
                    .toList());
            return new Question(id, domain, group, format, topic, prompt);
        }
    }

    private record StoredMessage(String role, String content) {}

    private record StoredSample(
            String question, double temperature, int draw, String answer, Score score, Set<String> newElements) {

        static StoredSample of(ScoredSample sample) {
            return new StoredSample(
                    sample.question().id(),
                    sample.temperature(),
                    sample.draw(),
                    sample.answer(),
                    sample.score(),
                    sample.newElements());
        }

        ScoredSample sample(Map<String, Question> questions) {
            var asked = questions.get(question);
            if (asked == null) {
                throw new IllegalArgumentException("a sample answers question " + question + ", which is not listed");
            }
            return new ScoredSample(asked, temperature, draw, answer, score, newElements);
        }
    }

    private static final class NumberOrNull extends StdSerializer<Double> {
        NumberOrNull() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator json, SerializationContext context) {
            if (Double.isNaN(value)) {
                json.writeNull();
            } else {
                json.writeNumber(value);
            }
        }
    }

    private static final class NullIsNaN extends StdDeserializer<Double> {
        NullIsNaN() {
            super(Double.class);
        }

        @Override
        public Double deserialize(JsonParser json, DeserializationContext context) {
            return json.getDoubleValue();
        }

        @Override
        public Object getNullValue(DeserializationContext context) {
            return Double.NaN;
        }
    }
}
