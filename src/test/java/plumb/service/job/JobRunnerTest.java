package plumb.service.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.defense.Interleaving;
import plumb.report.Formats;

final class JobRunnerTest {
    @Test
    void whatIsInForceIsToldWithItsTypeAndItsStrength() {
        var mix = new Interleaving(0.5, Interleaving.Selection.DISTANT);
        var news = JobRunner.inForce(List.of(mix));
        assertThat(news.message()).isEqualTo("Defenses in force: Interleaving");
        assertThat(Formats.JSON.writeValueAsString(news.data()))
                .isEqualTo("{\"defenses\":[{\"type\":\"Interleaving\",\"fraction\":0.5,\"selection\":\"distant\"}]}");
        assertThat(JobRunner.inForce(List.of()).message()).isEqualTo("No defenses are in force");
    }
}
