package plumb.service.safety;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;

final class SignedReportTest {
    @TempDir
    private Path folder;

    @TempDir
    private Path elsewhere;

    @Test
    void whatWasSignedVerifiesWithThePublicKeyAlone() throws Exception {
        var text = SigningKey.in(folder).sign(Map.of("model", "ft:a")).json();
        var pem = Files.readString(folder.resolve("signing.pub"));

        assertThat(SignedReport.read(text).verified(pem).path("model").asString())
                .isEqualTo("ft:a");
        assertThat(pem).isEqualTo(SigningKey.in(folder).publicKey());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("signing.key"))))
                .isEqualTo("rw-------");
    }

    @Test
    void whatWasChangedOrSignedByAnotherDoesNot() throws Exception {
        var key = SigningKey.in(folder);
        var report = key.sign(Map.of("model", "ft:a"));
        var other = SigningKey.in(elsewhere).sign(Map.of("model", "ft:b"));

        assertThatThrownBy(() -> other.verified(key.publicKey())).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> new SignedReport(report.payloadType(), other.payload(), report.signatures())
                        .verified(key.publicKey()))
                .hasMessageContaining("changed since");
        assertThatThrownBy(() ->
                        new SignedReport("text/plain", report.payload(), report.signatures()).verified(key.publicKey()))
                .hasMessageContaining("changed since");
        assertThatThrownBy(() -> report.verified("no key")).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> SignedReport.read("{")).isInstanceOf(BadInput.class);
    }
}
