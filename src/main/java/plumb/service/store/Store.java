package plumb.service.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

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
