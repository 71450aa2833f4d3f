package plumb.cli.serve;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import plumb.chat.BadInput;
import plumb.report.Formats;
import plumb.service.Service;
import plumb.service.policy.Policy;
import plumb.service.store.Keys;
import plumb.service.store.Scope;
import plumb.service.tls.Pem;

@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description =
                "Serves OpenAI's fine-tuning API on this machine, with a gate that measures every model before it may be used.",
        footer = {
            "",
            "Scripts written for OpenAI need nothing but OPENAI_BASE_URL and a key (docs/service.md). Examples:",
            "  ./plumb serve",
            "  ./plumb serve --port 9000 --policy provider.yaml",
            "  PLUMB_DATABASE='jdbc:postgresql://db/plumb?user=plumb' ./plumb serve --data /shared/plumb",
            "  ./plumb serve --new-key alice --scopes read,answer --days 30"
        })
public final class ServeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--port", paramLabel = "N", description = "0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int port = 8080;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "Where to listen (default: ${DEFAULT-VALUE}, this machine alone).")
    private String host = "127.0.0.1";

    @Option(names = "--data", paramLabel = "DIR", description = "Where everything is kept (default: ${DEFAULT-VALUE}).")
    private Path data = Path.of("service");

    @Option(
            names = "--database",
            paramLabel = "URL",
            defaultValue = "${env:PLUMB_DATABASE}",
            description =
                    "PostgreSQL, as jdbc:postgresql://HOST/NAME?user=…&password=…; better in PLUMB_DATABASE, which"
                            + " nobody sees in the list of processes (default: SQLite in --data).")
    private @Nullable String database;

    @Option(
            names = "--lease",
            paramLabel = "SECONDS",
            description = "After how long without a sign of life a server's jobs go to another that shares its database"
                    + " (default: ${DEFAULT-VALUE}).")
    private int lease = (int) Service.Place.USUAL_LEASE.toSeconds();

    @Option(
            names = "--certificate",
            paramLabel = "FILE",
            description = "Speaks TLS with this certificate (PEM, with those that lead to the authority's); renewed"
                    + " files are taken up.")
    private @Nullable Path certificate;

    @Option(
            names = "--certificate-key",
            paramLabel = "FILE",
            description = "The certificate's key (PEM, PKCS #8, no password).")
    private @Nullable Path certificateKey;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            description = "When it is stopped: how long those who wait for an answer may still get it (default:"
                    + " ${DEFAULT-VALUE}).")
    private int drain = (int) Service.Listening.USUAL_DRAIN.toSeconds();

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = "What is allowed and asked for (default: the built-in one; see docs/service.md).")
    private @Nullable Path policy;

    @Option(names = "--new-key", paramLabel = "TENANT", description = "Prints a new key for a tenant, and leaves.")
    private @Nullable String tenant;

    @Option(
            names = "--scopes",
            paramLabel = "LIST",
            description = "Of the new key: read, train, answer (default: these), or operate, which reads /metrics.")
    private @Nullable String scopes;

    @Option(names = "--days", paramLabel = "N", description = "How long the new key is good for (default: for ever).")
    private @Nullable Integer days;

    @Option(
            names = "--revoke-key",
            paramLabel = "ID",
            description = "Ends the key of this id, which is in the audit log, and leaves.")
    private @Nullable String revoked;

    @Option(names = "--audit", description = "Prints who changed what and who was turned away, and leaves.")
    private boolean audit;

    @Option(
            names = "--backup",
            paramLabel = "DIR",
            description = "Copies --data into a new folder, also while a server runs, and leaves.")
    private @Nullable Path backup;

    @Option(
            names = "--rehearse",
            description = "Serves nobody for a few seconds, so that servers of this build start and answer faster, and"
                    + " leaves; part of an installation.")
    private boolean rehearse;

    @Override
    public Integer call() throws InterruptedException, IOException {
        var out = spec.commandLine().getOut();
        if (rehearse) {
            Rehearsal.run();
            return 0;
        }
        var place = new Service.Place(data, database, Duration.ofSeconds(lease));
        if (tenant != null) {
            out.println(Service.newKey(place, new Keys.Wish(tenant, Scope.parse(scopes), days)));
            return 0;
        }
        if (revoked != null || backup != null || audit) {
            requireService();
            return maintain(place, out);
        }
        var service = new Service(place, policy());
        var closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            service.close();
            closed.countDown();
        }));
        int listening = service.start(new Service.Listening(host, port, pem(), Duration.ofSeconds(drain)));
        var address = (certificate == null ? "http://" : "https://") + host + ":" + listening + "/";
        out.println("Serving on  OPENAI_BASE_URL=" + address + "v1");
        service.firstKey().ifPresent(key -> out.println("Your key, shown this once:  OPENAI_API_KEY=" + key));
        out.println("Dashboard:  " + address);
        out.flush();
        closed.await();
        return 0;
    }

    private Policy policy() throws UnknownHostException {
        if (policy != null) {
            return Policy.read(policy);
        }
        var standard = Policy.standard();
        return InetAddress.getByName(host).isLoopbackAddress() ? standard : standard.forStrangers();
    }

    private int maintain(Service.Place place, PrintWriter out) throws IOException {
        if (revoked != null) {
            return revoke(place, revoked);
        }
        if (backup != null) {
            Service.backUp(place, backup);
        } else {
            Service.audit(place).forEach(entry -> out.println(Formats.JSON.writeValueAsString(entry)));
        }
        return 0;
    }

    /** A mistyped folder would be made, and an empty back-up of it. */
    private void requireService() {
        if (!Files.isDirectory(data)) {
            throw new BadInput("there is no service in " + data + ": --data names the folder of one");
        }
    }

    private @Nullable Pem pem() {
        if ((certificate == null) != (certificateKey == null)) {
            throw new BadInput("--certificate and --certificate-key go together");
        }
        return certificate == null || certificateKey == null ? null : new Pem(certificate, certificateKey);
    }

    private static int revoke(Service.Place place, String id) {
        if (!Service.revokeKey(place, id)) {
            throw new BadInput("there is no key " + id + " that opens anything; ids are in: plumb serve --audit");
        }
        return 0;
    }
}
