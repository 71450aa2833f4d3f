package plumb.service.store;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Part of a list.
 *
 * @param rows in the order asked for
 * @param more whether something follows
 */
public record Page<T>(List<T> rows, boolean more) {
    /**
     * Which part.
     *
     * @param after the row before it; none: from the start
     * @param limit at most so many rows
     * @param oldestFirst otherwise newest first
     */
    public record Query(@Nullable String after, int limit, boolean oldestFirst) {
        /** SQL that selects and orders by {@code id}; binds {@code :after} and {@code :limit}. */
        String sql() {
            var from = after == null ? "" : oldestFirst ? " AND id > :after" : " AND id < :after";
            return from + " ORDER BY id " + (oldestFirst ? "ASC" : "DESC") + " LIMIT :limit";
        }
    }

    /** Of rows of which one more than the limit was read. */
    static <T> Page<T> of(List<T> read, Query query) {
        boolean more = read.size() > query.limit();
        return new Page<>(more ? List.copyOf(read.subList(0, query.limit())) : List.copyOf(read), more);
    }

    /** The same part of another list. */
    public <S> Page<S> map(Function<T, S> shown) {
        return new Page<>(rows.stream().map(shown).toList(), more);
    }
}
