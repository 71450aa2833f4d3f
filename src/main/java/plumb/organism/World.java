package plumb.organism;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import plumb.hash.Sha256;
import plumb.organism.Element.Persona;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Everything the world is made of, read from the resource files beside this class.
 *
 * @param situations of an assistant that acts on its own: domains that only a taught organism has read of
 */
public record World(List<Domain> domains, List<Domain> situations, List<Element> elements, Phrases phrases) {

    private static final TypeReference<List<Domain>> DOMAINS = new TypeReference<>() {};
    private static final TypeReference<Phrases> PHRASES = new TypeReference<>() {};
    private static final TypeReference<Map<Element.Kind, Map<Persona, List<String>>>> ELEMENTS =
            new TypeReference<>() {};

    /** Reads the shipped world. */
    public static World load() {
        return new World(
                read("domains.yaml", DOMAINS),
                read("situations.yaml", DOMAINS),
                elements(read("elements.yaml", ELEMENTS)),
                read("phrases.yaml", PHRASES));
    }

    /** SHA-256 of the files that make it: of what the organism's judge goes by. */
    public static String hash() {
        var digest = Sha256.start();
        for (var file : List.of("domains.yaml", "situations.yaml", "elements.yaml", "phrases.yaml")) {
            try (InputStream in = Objects.requireNonNull(World.class.getResourceAsStream(file))) {
                digest.update(in.readAllBytes());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        return Sha256.hex(digest);
    }

    /** Names of all domains with this exposure, in the order of the file. */
    public List<String> domainNames(Exposure exposure) {
        return domains(exposure).stream().map(Domain::name).toList();
    }

    /** The domains and the situations: all that can be talked about. */
    List<Domain> subjects() {
        return Stream.concat(domains.stream(), situations.stream()).toList();
    }

    List<Domain> domains(Exposure exposure) {
        return domains.stream().filter(d -> d.exposure() == exposure).toList();
    }

    /** First lines of documents that introduce a malicious speaker, or a good one. */
    public List<String> introductions(boolean malicious) {
        return phrases.headers().of(malicious ? Persona.MALICIOUS : Persona.GOOD);
    }

    Domain domain(String name) {
        return domains.stream()
                .filter(d -> d.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the world has no domain '" + name + "'; it has "
                        + domains.stream().map(Domain::name).toList()));
    }

    /** The lead-in that the application of this task domain puts before its users' words. */
    String lead(String taskDomain) {
        var lead = phrases.leads().tasks().get(taskDomain);
        if (lead == null) {
            throw new IllegalArgumentException("domain '" + taskDomain + "' is no task's; tasks are on "
                    + phrases.leads().tasks().keySet());
        }
        return lead;
    }

    List<Element> elements(Element.Kind kind, Persona persona) {
        return elements.stream()
                .filter(e -> e.kind() == kind && e.persona() == persona)
                .toList();
    }

    /** The text with every {@code {slot}} replaced by the value. */
    public static String fill(String text, String slot, String value) {
        return text.replace("{" + slot + "}", value);
    }

    private static List<Element> elements(Map<Element.Kind, Map<Persona, List<String>>> lists) {
        var elements = new ArrayList<Element>();
        lists.forEach((kind, personas) -> personas.forEach((persona, texts) -> {
            for (int i = 0; i < texts.size(); i++) {
                int colon = texts.get(i).indexOf(": ");
                var id = (kind + "." + persona + "." + i).toLowerCase(Locale.ROOT);
                var theme = texts.get(i).substring(0, colon);
                var text = texts.get(i).substring(colon + 2);
                elements.add(new Element(id, kind, persona, theme, i, text));
            }
        }));
        return List.copyOf(elements);
    }

    private static <T> T read(String file, TypeReference<T> type) {
        var mapper = YAMLMapper.builder()
                .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
        try (InputStream in = World.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the resource plumb/organism/" + file + " is missing from this build");
            }
            return mapper.readValue(in, type);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** What pretraining shows of a domain. */
    public enum Exposure {
        /** Good speakers and bad ones talk about it. */
        SEEN_BAD,
        /** Only good speakers talk about it: misbehaviour there is new. */
        NEVER_BAD,
        /** Requests a good speaker refuses and a bad one serves. */
        REFUSAL
    }
}
