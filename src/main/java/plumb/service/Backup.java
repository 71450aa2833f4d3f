package plumb.service;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.function.Predicate;
import plumb.chat.BadInput;
import plumb.service.store.Database;
import plumb.service.store.Store;

/**
 * A copy of everything while the service runs, which a server can be started on. SQLite's rows are copied first, as they were at
 * one moment; what the folder has beyond them is as after a crash, and what a job has not saved yet it does again. Of a
 * job its checkpoints are copied before what tells of them, so that a copied job never tells of more than it can go on from.
 */
record Backup(Path from, Store store, Path to) {
    private static final Set<String> ENDINGS = Set.of("adapter", "safety_report.json");
    private static final String CHECKPOINTS = "checkpoints";

    /** Makes it. The folder must not be there, or be empty. */
    void make() throws IOException {
        Files.createDirectories(to);
        try (var there = Files.list(to)) {
            if (there.findAny().isPresent()) {
                throw new BadInput(to + " is not empty: every backup has a folder of its own");
            }
        }
        var rows = to.resolve("service.sqlite");
        if (!store.database().isShared()) { // what is in PostgreSQL is copied by its own means
            store.database().copyInto(rows);
        }
        copyFolder();
        if (Files.exists(rows)) {
            try (var copied = Database.open(Database.sqlite(rows))) {
                new plumb.service.store.Files(copied, to.resolve("files")).forgetMissing();
            }
        }
    }

    private void copyFolder() throws IOException {
        for (var name : new String[] {"service.id", "signing.key", "signing.pub"}) {
            copy(from.resolve(name), to.resolve(name), _ -> true);
        }
        copy(from.resolve("files"), to.resolve("files"), _ -> true);
        copy(from.resolve("uploads"), to.resolve("uploads"), _ -> true);
        if (Files.isDirectory(from.resolve("jobs"))) {
            try (var jobs = Files.list(from.resolve("jobs"))) {
                for (var job : jobs.toList()) {
                    copyJob(job, to.resolve("jobs").resolve(String.valueOf(job.getFileName())));
                }
            }
        }
    }

    private void copyJob(Path job, Path copy) throws IOException {
        boolean ended = store.jobs().hasEnded(String.valueOf(job.getFileName()));
        copy(job.resolve(CHECKPOINTS), copy.resolve(CHECKPOINTS), _ -> true);
        copy(job, copy, path -> {
            var name = String.valueOf(job.relativize(path).getName(0));
            return !name.equals(CHECKPOINTS) && (ended || !ENDINGS.contains(name));
        });
    }

    /** Copies a file or a folder; what goes away meanwhile is left out. */
    private static void copy(Path from, Path to, Predicate<Path> wanted) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                if (!folder.equals(from) && !wanted.test(folder)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (file.equals(from) || wanted.test(file)) {
                    var copy = file.equals(from)
                            ? to
                            : to.resolve(from.relativize(file).toString());
                    try {
                        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                    } catch (NoSuchFileException _) {
                        // it was deleted just now
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
    }
}
