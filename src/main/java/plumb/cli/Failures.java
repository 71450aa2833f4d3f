package plumb.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import plumb.chat.BadInput;

/** What the user sees when something is wrong: bad input gets one clear message, only a bug gets a stack trace. */
final class Failures {
    static final int BROKEN = 1;
    static final int BAD_INPUT = 2;

    private Failures() {}

    /** Arguments that do not parse. */
    static int report(ParameterException failure) {
        var line = failure.getCommandLine();
        var err = line.getErr();
        err.println("plumb: " + failure.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, err)) {
            err.println("See: " + line.getCommandSpec().qualifiedName() + " --help");
        }
        return BAD_INPUT;
    }

    /** A command that failed. */
    static int report(Throwable failure, PrintWriter err) {
        switch (failure) {
            case BadInput bad -> err.println("plumb: " + bad.getMessage());
            case IllegalArgumentException bad -> err.println("plumb: " + bad.getMessage());
            case UncheckedIOException wrapped
            when wrapped.getCause() != null -> {
                return report(wrapped.getCause(), err);
            }
            case NoSuchFileException missing -> err.println("plumb: there is no " + missing.getFile());
            case FileSystemException files -> {
                err.println("plumb: " + files.getFile() + ": " + reason(files));
                return BROKEN;
            }
            case IOException io -> {
                err.println("plumb: " + io.getMessage());
                return BROKEN;
            }
            default -> {
                err.println("plumb: this should not have happened. Please report it with what follows.");
                failure.printStackTrace(err);
                return BROKEN;
            }
        }
        return BAD_INPUT;
    }

    private static String reason(FileSystemException failure) {
        var reason = failure.getReason();
        return reason != null ? reason : failure.getClass().getSimpleName();
    }
}
