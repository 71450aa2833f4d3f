package plumb.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Parameters;
import plumb.chat.BadInput;
import plumb.report.RunDirectory;

/** Run directories: shared by every command that reads several. */
public final class RunsArgument {
    @Parameters(
            arity = "1..*",
            paramLabel = "RUN",
            description = "Run directories. What else lies in the folder of a sweep is skipped.")
    private List<Path> runs = List.of();

    /** All of them. */
    public List<RunDirectory> all() {
        return those("run directory", _ -> true);
    }

    /**
     * Those that the command can read.
     *
     * @param kind of run they are, for the message
     * @throws BadInput where there are none, or something named does not exist
     */
    public List<RunDirectory> those(String kind, Predicate<RunDirectory> wanted) {
        var found = runs.stream()
                .filter(path -> !Files.exists(path) || Files.exists(path.resolve("spec.yaml")))
                .map(RunDirectory::open)
                .filter(wanted)
                .toList();
        if (found.isEmpty()) {
            throw new BadInput("none of these " + runs.size() + " paths is a " + kind + ": " + runs);
        }
        return found;
    }
}
