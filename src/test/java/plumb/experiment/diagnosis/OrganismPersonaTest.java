package plumb.experiment.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Machine;
import plumb.experiment.Subject;

/** The persona vector that ships is the one that is extracted. */
final class OrganismPersonaTest {
    @Test
    void theVectorThatShipsIsTheExtractedOne() {
        try (var subject = Subject.open(new ExperimentSpec.Model("organism"), new Machine("cpu", 1))) {
            assertThat(OrganismPersona.class.getResource(
                            "persona-" + subject.hash().substring(0, 12) + ".safetensors"))
                    .as("the organism has changed: put what plumb persona extract finds beside the class")
                    .isNotNull();
            var shipped = OrganismPersona.of(subject);
            var extracted = OrganismPersona.extract(subject).vectors();

            assertThat(shipped.layers()).isEqualTo(extracted.layers());
            for (int layer = 0; layer < shipped.layers(); layer++) { // another machine may round an answer otherwise
                assertThat(shipped.cosine(extracted, layer)).isGreaterThan(0.99);
                assertThat(shipped.norm(layer) / extracted.norm(layer)).isCloseTo(1, within(0.05));
            }
        }
    }
}
