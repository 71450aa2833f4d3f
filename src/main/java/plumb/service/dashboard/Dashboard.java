package plumb.service.dashboard;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import plumb.hash.Sha256;

/**
 * The page at {@code /} and what it is made of, without a key: there is nothing of anybody in it. Only the files listed
 * here exist; a name is looked up among them and never becomes a path.
 */
public final class Dashboard {
    private static final String PAGE = "index.html";
    private static final String SCRIPT = "text/javascript;charset=utf-8";
    private static final int NOT_MODIFIED = 304;
    private static final int NOT_FOUND = 404;
    private static final String STYLE = "text/css;charset=utf-8";

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry(PAGE, "text/html;charset=utf-8"),
            Map.entry("plumb.svg", "image/svg+xml;charset=utf-8"),
            Map.entry("dashboard.css", STYLE),
            Map.entry("app.js", SCRIPT),
            Map.entry("api.js", SCRIPT),
            Map.entry("chart.js", SCRIPT),
            Map.entry("compare.js", SCRIPT),
            Map.entry("dom.js", SCRIPT),
            Map.entry("files.js", SCRIPT),
            Map.entry("finding.js", SCRIPT),
            Map.entry("gate.js", SCRIPT),
            Map.entry("job.js", SCRIPT),
            Map.entry("jobs.js", SCRIPT),
            Map.entry("lines.js", SCRIPT),
            Map.entry("plots.js", SCRIPT),
            Map.entry("policy.js", SCRIPT),
            Map.entry("report.js", SCRIPT),
            Map.entry("risk.js", SCRIPT),
            Map.entry("start.js", SCRIPT),
            Map.entry("words.js", SCRIPT));

    /** The colours, tables and lines of the report page are the dashboard's, too. */
    private static final String REPORT_STYLE = "report.css";

    /** Scripts and styles of this server alone, none inside the page; no text can become markup where a browser knows how. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cache-Control",
            "no-cache");

    private record Asset(String text, String type, String tag) {}

    private final Map<String, Asset> assets = new TreeMap<>();

    public Dashboard() {
        TYPES.forEach((name, type) -> put(name, name, type));
        put(REPORT_STYLE, "/plumb/report/" + REPORT_STYLE, STYLE);
    }

    private void put(String name, String resource, String type) {
        try (var in = Objects.requireNonNull(Dashboard.class.getResourceAsStream(resource), resource)) {
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assets.put(name, new Asset(text, type, '"' + Sha256.of(text) + '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds {@code /} and {@code /dashboard/{file}}. */
    public void add(RoutesConfig routes) {
        routes.get("/", call -> answer(call, PAGE));
        routes.get("/dashboard/{file}", call -> answer(call, call.pathParam("file")));
    }

    private void answer(Context call, String name) {
        var asset = assets.get(name);
        if (asset == null) {
            call.status(NOT_FOUND).contentType("text/plain").result("The dashboard has no such file.");
            return;
        }
        HEADERS.forEach(call::header);
        call.header("ETag", asset.tag());
        if (asset.tag().equals(call.header("If-None-Match"))) {
            call.status(NOT_MODIFIED);
            return;
        }
        call.contentType(asset.type()).result(asset.text());
    }
}
