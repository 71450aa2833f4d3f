package plumb.service.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.jdbi.v3.core.Handle;

/** Everything that is kept, in one database and one folder, by what it is about. */
public record Store(
        Database database,
        Keys keys,
        Audit audit,
        Files files,
        Uploads uploads,
        Webhooks webhooks,
        Jobs jobs,
        Models models) {

    /** A tenant has as much as it may have; the message says of what, for whoever asked for more. */
    public static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1;

        Full(String message) {
            super(message);
        }
    }

    /** A request has the key of an earlier one and asks for something else. */
    public static final class OtherRequest extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Holds a tenant's other additions back until the transaction ends, so that what is counted now stays true. */
    static void hold(Handle handle, String tenant) {
        handle.execute("UPDATE tenant SET created_at = created_at WHERE name = ?", tenant);
    }

    /**
     * All of it.
     *
     * @param files folder of the uploaded files, made when it is not there
     */
    public static Store of(Database database, Clock clock, Path files) throws IOException {
        return new Store(
                database,
                new Keys(database, clock),
                new Audit(database, clock),
                new Files(database, files),
                new Uploads(database),
                new Webhooks(database, clock),
                new Jobs(database, clock),
                new Models(database, clock));
    }
}
