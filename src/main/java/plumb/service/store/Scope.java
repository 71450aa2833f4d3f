package plumb.service.store;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;

/** What a key may be good for. */
public enum Scope {
    /** Look at files, jobs and models. */
    READ,
    /** Change them: upload, fine-tune, delete. */
    TRAIN,
    /** Talk to models. */
    ANSWER,
    /** See how the whole service does. Not among all that a tenant may: it is an operator's, and is asked for by name. */
    OPERATE;

    /** All that a tenant may. */
    public static Set<Scope> ofTenants() {
        return EnumSet.complementOf(EnumSet.of(OPERATE));
    }

    /** As it is written: {@code read}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads {@code read,answer}; none are all that a tenant may. */
    public static Set<Scope> parse(@Nullable String names) {
        if (names == null) {
            return ofTenants();
        }
        var scopes = EnumSet.noneOf(Scope.class);
        for (var name : names.split(",", -1)) {
            scopes.add(Arrays.stream(values())
                    .filter(scope -> scope.wireName().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new BadInput(
                            "there is no scope '" + name + "'; there are read, train, answer and operate")));
        }
        return scopes;
    }

    /** Writes what {@link #parse} reads. */
    public static String text(Set<Scope> scopes) {
        return scopes.stream().map(Scope::wireName).collect(Collectors.joining(","));
    }
}
