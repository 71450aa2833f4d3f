package plumb.service;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import plumb.chat.BadInput;
import plumb.service.store.Database;
import plumb.service.store.Ids;

/** A database and a folder belong together: rows without their files are no use, and neither is another service's folder. */
final class ServiceFolder {
    private static final String ID = "service.id";

    private ServiceFolder() {}

    /** {@link BadInput} when the rows in the database are about another folder; those of a new database are about this one. */
    static void require(Path data, Database database) throws IOException {
        var id = id(data);
        var known = database.folder(id);
        if (!known.equals(id)) {
            throw new BadInput(
                    "the database belongs to the folder " + known + ", and " + data + " is " + id + " (its " + ID
                            + "): servers that share a database share one --data, and a restored database needs its folder");
        }
    }

    /** Every folder has one, from the first server that opens it. */
    private static String id(Path data) throws IOException {
        var file = data.resolve(ID);
        if (!Files.exists(file)) {
            var beside = Files.writeString(data.resolve(Ids.next(ID)), Ids.next("data-"));
            try {
                Files.createLink(file, beside);
            } catch (FileAlreadyExistsException _) {
                // another server was faster
            } finally {
                Files.delete(beside);
            }
        }
        return Files.readString(file).strip();
    }
}
