package plumb.service.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobFolderTest {
    @TempDir
    private Path folder;

    @Test
    void aTenantReadsNoPathOfTheServer() {
        var job = new JobFolder(folder);

        assertThat(job.withoutPaths(job.rows() + " is compressed; unpack it first (gunzip)"))
                .isEqualTo("The file is compressed; unpack it first (gunzip)");
        assertThat(job.withoutPaths(job.rows() + ": 2 of 3 rows cannot be used\n  line 1 needs a role"))
                .isEqualTo("2 of 3 rows cannot be used\n  line 1 needs a role");
        assertThat(job.withoutPaths(
                        "java.nio.file.NoSuchFileException: /srv/plumb/jobs/ftjob-1/run.yaml, then \"/models\""))
                .isEqualTo("java.nio.file.NoSuchFileException: …, then \"…\"");
        assertThat(job.withoutPaths("a rate of 1/2, see https://example.org/a/b or GET /v1/policy"))
                .isEqualTo("a rate of 1/2, see https://example.org/a/b or GET …");
    }

    @Test
    void whatAWorkerComplainedOfIsToldWithoutPaths() throws Exception {
        var job = new JobFolder(folder);
        Files.writeString(
                job.log(),
                "plumb: first\nnoise\nplumb: cannot read " + job.rows().toAbsolutePath() + ": gone\n");

        assertThat(job.complaint()).isEqualTo("cannot read the file: gone");
    }
}
