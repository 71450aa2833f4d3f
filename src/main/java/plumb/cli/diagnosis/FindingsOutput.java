package plumb.cli.diagnosis;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import plumb.report.Formats;

/** What a diagnosis found, a line each, as it is found: shared by every command of this package that prints findings. */
final class FindingsOutput {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(names = "--json", description = "Print as JSON (schema: docs/json.md).")
    private boolean json;

    /** In words, or as one JSON value. */
    void print(Object finding, String words) {
        var out = command.commandLine().getOut();
        out.println(json ? Formats.JSON.writeValueAsString(finding) : words);
        out.flush();
    }
}
