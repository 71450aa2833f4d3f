package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The methods of Python's strings, mappings and lists that templates call. None of them changes its value. */
final class Methods {
    private final Budget budget;
    private final Values values;

    Methods(Budget budget, Values values) {
        this.budget = budget;
        this.values = values;
    }

    /** The method of this name, if the value has one. */
    Optional<Callable> of(Object value, String name) {
        return switch (value) {
            case String s -> ofString(s, name);
            case Map<?, ?> map -> ofMapping(map, name);
            default -> Optional.empty();
        };
    }

    private static Optional<Callable> ofMapping(Map<?, ?> map, String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "items" -> (_, _) -> pairs(map);
                    case "keys" -> (_, _) -> List.copyOf(map.keySet());
                    case "values" -> (_, _) -> List.copyOf(map.values());
                    case "get" ->
                        (places, _) -> {
                            var found = map.get(argument(places, 0, name));
                            return found != null ? found : places.size() > 1 ? places.get(1) : Nothing.NONE;
                        };
                    default -> null;
                });
    }

    static List<Object> pairs(Map<?, ?> map) {
        var pairs = new ArrayList<Object>();
        map.forEach((key, value) -> pairs.add(List.of(key, value)));
        return pairs;
    }

    private Optional<Callable> ofString(String s, String name) {
        budget.spend(s.length());
        return Optional.ofNullable(
                switch (name) {
                    case "strip" -> (places, _) -> strip(s, places, true, true);
                    case "lstrip" -> (places, _) -> strip(s, places, true, false);
                    case "rstrip" -> (places, _) -> strip(s, places, false, true);
                    case "upper" -> (_, _) -> s.toUpperCase(Locale.ROOT);
                    case "lower" -> (_, _) -> s.toLowerCase(Locale.ROOT);
                    case "title" -> (_, _) -> title(s);
                    case "capitalize" -> (_, _) -> capitalize(s);
                    case "startswith" -> (places, _) -> any(places, s::startsWith);
                    case "endswith" -> (places, _) -> any(places, s::endsWith);
                    case "split" -> (places, _) -> split(s, places);
                    case "splitlines" -> (_, _) -> List.<Object>copyOf(s.lines().toList());
                    case "replace" -> (places, _) -> replace(s, places);
                    case "find" -> (places, _) -> (long) s.indexOf(text(places, 0, name));
                    case "count" -> (places, _) -> (long) split(s, places).size() - 1;
                    case "join" -> (places, _) -> join(s, values.items(argument(places, 0, name)));
                    case "isdigit" -> (_, _) -> !s.isEmpty() && s.chars().allMatch(Character::isDigit);
                    default -> null;
                });
    }

    String join(String separator, List<Object> items) {
        var texts = items.stream().map(values::text).toList();
        budget.spend(
                texts.stream().mapToLong(t -> t.length() + separator.length()).sum());
        return String.join(separator, texts);
    }

    String replace(String s, List<Object> places) {
        var old = text(places, 0, "replace");
        var fresh = text(places, 1, "replace");
        budget.spend((long) (s.length() + 1) * (1 + fresh.length() / Math.max(1, old.length())));
        if (places.size() < 3) {
            return s.replace(old, fresh);
        }
        var result = new StringBuilder();
        int at = 0;
        for (int left = Values.integer(places.get(2)); left != 0 && !old.isEmpty(); left--) {
            int hit = s.indexOf(old, at);
            if (hit < 0) {
                break;
            }
            result.append(s, at, hit).append(fresh);
            at = hit + old.length();
        }
        return result.append(s, at, s.length()).toString();
    }

    static String strip(String s, List<Object> places, boolean left, boolean right) {
        boolean any = places.isEmpty() || places.getFirst() == Nothing.NONE;
        var chars = any ? "" : Values.string(places.getFirst());
        int start = 0;
        int end = s.length();
        while (left && start < end && strips(s.charAt(start), chars, any)) {
            start++;
        }
        while (right && end > start && strips(s.charAt(end - 1), chars, any)) {
            end--;
        }
        return s.substring(start, end);
    }

    private static boolean strips(char c, String chars, boolean whiteSpace) {
        return whiteSpace ? isSpace(c) : chars.indexOf(c) >= 0;
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    static String title(String s) {
        var title = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            title.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return title.toString();
    }

    static String capitalize(String s) {
        return s.isEmpty()
                ? s
                : s.substring(0, 1).toUpperCase(Locale.ROOT) + s.substring(1).toLowerCase(Locale.ROOT);
    }

    private static List<Object> split(String s, List<Object> places) {
        long most = places.size() > 1 ? Values.integer(places.get(1)) : -1;
        var parts = new ArrayList<Object>();
        if (places.isEmpty() || places.getFirst() == Nothing.NONE) {
            for (var part : strip(s, List.of(), true, true).split("\\s+", -1)) {
                if (!part.isEmpty()) {
                    parts.add(part);
                }
            }
            return parts;
        }
        var separator = text(places, 0, "split");
        if (separator.isEmpty()) {
            throw new IllegalArgumentException("split needs a separator that is not empty");
        }
        int at = 0;
        for (int hit = s.indexOf(separator); hit >= 0 && most != 0; hit = s.indexOf(separator, at), most--) {
            parts.add(s.substring(at, hit));
            at = hit + separator.length();
        }
        parts.add(s.substring(at));
        return parts;
    }

    private static boolean any(List<Object> places, java.util.function.Predicate<String> matches) {
        return argument(places, 0, "startswith or endswith") instanceof List<?> several
                ? several.stream().map(Values::string).anyMatch(matches)
                : matches.test(text(places, 0, "startswith or endswith"));
    }

    private static Object argument(List<Object> places, int index, String method) {
        if (places.size() <= index) {
            throw new IllegalArgumentException("'" + method + "' needs " + (index + 1) + " argument(s)");
        }
        return places.get(index);
    }

    private static String text(List<Object> places, int index, String method) {
        return Values.string(argument(places, index, method));
    }
}
