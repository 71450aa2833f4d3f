package plumb.service.store;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The log's line about what happened to a job, once that is committed. Its message may quote a tenant's rows, so it is left out. */
final class Told {
    private static final Logger LOG = LoggerFactory.getLogger("plumb.job");

    private Told() {}

    static void log(String job, Event.News news) {
        LOG.atLevel(level(news.level()))
                .addKeyValue("job", job)
                .addKeyValue("event", news.once())
                .addKeyValue("type", news.type())
                .log("job");
    }

    private static Level level(String name) {
        return switch (name) {
            case "error" -> Level.ERROR;
            case "warn" -> Level.WARN;
            default -> Level.INFO;
        };
    }
}
