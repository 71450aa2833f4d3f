package plumb.model.peft;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which modules an adapter is on, by PEFT's rules.
 *
 * @param wanted {@code target_modules}
 * @param excluded {@code exclude_modules}; they win
 * @param layers {@code layers_to_transform}: when not empty, listed names count in these layers alone
 * @param layersNames {@code layers_pattern}: what the list of layers may be called; any name when empty
 */
public record TargetModules(
        Selection wanted, Optional<Selection> excluded, Set<Integer> layers, List<ModulePattern> layersNames) {
    private static final Pattern FIRST_NUMBER = Pattern.compile(".*?\\.[^.]*\\.(\\d+)\\.");

    public TargetModules {
        layers = Set.copyOf(layers);
        layersNames = List.copyOf(layersNames);
    }

    /** Some modules. */
    public sealed interface Selection permits AllLinear, Listed, Matching {
        boolean contains(String module);
    }

    /** {@code all-linear}: every projection, the output head left out. */
    public record AllLinear() implements Selection {
        @Override
        public boolean contains(String module) {
            return true;
        }
    }

    /** Whole names, or what names end in after a dot. */
    public record Listed(List<String> names) implements Selection {
        public Listed {
            names = List.copyOf(names);
        }

        @Override
        public boolean contains(String module) {
            return names.stream().anyMatch(name -> module.equals(name) || module.endsWith("." + name));
        }
    }

    /** Names that a regular expression matches from start to end. */
    public record Matching(ModulePattern pattern) implements Selection {
        @Override
        public boolean contains(String module) {
            return pattern.fitsAll(module);
        }
    }

    /** Whether this module is adapted. */
    public boolean contains(String module) {
        if (excluded.isPresent() && excluded.get().contains(module)) {
            return false;
        }
        boolean byWholeName = wanted instanceof Listed listed && listed.names().contains(module);
        return wanted.contains(module) && (byWholeName || layers.isEmpty() || isInLayers(module));
    }

    /** The layer is what the first fitting name of the list of layers is followed by. */
    private boolean isInLayers(String module) {
        return numbers().stream()
                .map(pattern -> pattern.matcher(module))
                .filter(Matcher::lookingAt)
                .findFirst()
                .map(match -> layers.contains(Integer.parseInt(match.group(match.groupCount()))))
                .orElse(false);
    }

    private List<Pattern> numbers() {
        return layersNames.isEmpty()
                ? List.of(FIRST_NUMBER)
                : layersNames.stream()
                        .map(name -> Pattern.compile("(?:.*?\\.)?" + name + "\\.(\\d+)\\."))
                        .toList();
    }
}
