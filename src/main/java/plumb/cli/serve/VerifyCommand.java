package plumb.cli.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.service.safety.SignedReport;

@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = "Checks the signature of a released model's safety report, offline, and prints the report.")
public final class VerifyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "REPORT", description = "As /v1/fine_tuning/jobs/ID/safety_report answers it.")
    private Path report = Path.of("report.json");

    @Option(
            names = "--key",
            required = true,
            paramLabel = "FILE",
            description = "The public key of the service, in PEM: signing.pub in its folder.")
    private Path key = Path.of("signing.pub");

    @Override
    public Integer call() throws IOException {
        var found = SignedReport.read(Files.readString(report)).verified(Files.readString(key));
        spec.commandLine().getOut().println(found.toPrettyString());
        spec.commandLine().getErr().println("The signature is good: this is what the service with that key signed.");
        return 0;
    }
}
