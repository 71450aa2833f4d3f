package plumb.service.http.call;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plumb.report.Formats;
import plumb.service.store.Keys;
import plumb.service.store.Page;

/** What every endpoint does with a request: who asks, which page, and how the answer is written. */
public final class Calls {
    private static final String KEY = "key";
    private static final String TOKENS = "tokens";
    private static final int MOST_REST = 1 << 20;

    private Calls() {}

    public static String tenant(Context call) {
        return Objects.requireNonNull(key(call)).tenant();
    }

    /** With which the request was made; none when it was turned away. */
    public static Keys.@Nullable Key key(Context call) {
        return call.attribute(KEY);
    }

    public static void remember(Context call, Keys.Key key) {
        call.attribute(KEY, key);
    }

    /** So many tokens were read and written for it. */
    public static void spend(Context call, int tokens) {
        call.attribute(TOKENS, tokens(call) + tokens);
    }

    public static int tokens(Context call) {
        Integer spent = call.attribute(TOKENS);
        return spent == null ? 0 : spent;
    }

    /**
     * Reads what is left of a body that was refused before all of it had come, up to {@value #MOST_REST} bytes. Otherwise the
     * connection is closed while the client still writes, and many clients then never see the answer.
     */
    public static void readRest(Context call) {
        if (call.header("Expect") != null) {
            return; // the client waits to be told to send it
        }
        try {
            var _ = call.bodyInputStream().readNBytes(MOST_REST);
        } catch (IOException | RuntimeException _) {
            // it does not come, or cannot be read: the answer is sent in any case
        }
    }

    public static void json(Context call, Object answer) {
        call.contentType("application/json").result(Formats.JSON.writeValueAsBytes(answer));
    }

    /**
     * The page a list request asks for. What it comes after need not be there any more (who deletes what he lists turns pages, too).
     *
     * @param prefix of the names in the list
     */
    public static Page.Query page(Context call, String prefix, int usual, int most) {
        var order = call.queryParam("order");
        if (order != null && !order.equals("asc") && !order.equals("desc")) {
            throw ApiError.invalid("Invalid value for 'order': it is asc or desc.", "order", "invalid_value");
        }
        return new Page.Query(after(call, prefix), limit(call, usual, most), "asc".equals(order));
    }

    /** The name that what is asked for comes after; none: all is asked for. */
    public static @Nullable String after(Context call, String prefix) {
        var after = call.queryParam("after");
        if (after != null && !after.startsWith(prefix)) {
            throw ApiError.invalid(
                    "Invalid value for 'after': names in this list begin with '" + prefix + "'.",
                    "after",
                    "invalid_value");
        }
        return after;
    }

    /** Refuses the character NUL in a path or a query: no name holds it, and not every database can look for it. */
    public static void requirePrintable(Context call) {
        var query = call.queryString();
        if (call.path().indexOf('\0') >= 0 || (query != null && query.contains("%00"))) {
            throw ApiError.invalid("A URL must not contain the character NUL.", null, "invalid_value");
        }
    }

    /** How many rows are asked for. */
    public static int limit(Context call, int usual, int most) {
        var text = call.queryParam("limit");
        if (text == null) {
            return usual;
        }
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= most) {
                return limit;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw ApiError.invalid(
                "Invalid value for 'limit': it is a number between 1 and " + most + ".", "limit", "invalid_value");
    }

    /** Writes a list; {@code first_id} and {@code last_id} are those of its rows. */
    public static void list(Context call, List<? extends Map<String, ?>> rows, boolean more) {
        var list = new LinkedHashMap<String, @Nullable Object>();
        list.put("object", "list");
        list.put("data", rows);
        list.put("first_id", rows.isEmpty() ? null : rows.getFirst().get("id"));
        list.put("last_id", rows.isEmpty() ? null : rows.getLast().get("id"));
        list.put("has_more", more);
        json(call, list);
    }

    /** What a deletion answers. */
    public static void deleted(Context call, String id, String object) {
        json(call, Map.of("id", id, "object", object, "deleted", true));
    }
}
