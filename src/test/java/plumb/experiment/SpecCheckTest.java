package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import plumb.report.Formats;
import tools.jackson.databind.JsonNode;

final class SpecCheckTest {

    enum Direction {
        FORWARD,
        REVERSE
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
    sealed interface Shield permits Penalty, Mix {}

    record Penalty(double weight, Direction direction) implements Shield {
        Penalty {
            if (!(weight >= 0)) {
                throw new IllegalArgumentException("weight must be at least 0, got " + weight);
            }
        }
    }

    record Mix(int everyRows) implements Shield {}

    record Plan(String name, double learningRate, @Nullable Integer steps, boolean dry, List<Shield> shields) {}

    private static final String GOOD = """
            name: x
            learning_rate: 1e-4
            dry: false
            shields:
              - {type: Penalty, weight: 0.5, direction: reverse}
              - {type: Mix, every_rows: 5}
            """;

    @Test
    void aRightSpecHasNoProblemsAndBinds() {
        var tree = tree(GOOD);
        assertThat(problems(tree)).isEmpty();
        assertThat(Formats.YAML.treeToValue(tree, Plan.class))
                .isEqualTo(new Plan("x", 1e-4, null, false, List.of(new Penalty(0.5, Direction.REVERSE), new Mix(5))));
    }

    @Test
    void aMisspeltKeyIsNamedWithItsPathAndTheLikelyMeaning() {
        assertThat(problems(tree(GOOD.replace("weight:", "wieght:"))))
                .containsExactly("shields[0].wieght: unknown key, did you mean weight?", "shields[0].weight: missing");
    }

    @Test
    void anUnknownKeyWithoutALikelyMeaningListsTheKnownOnes() {
        assertThat(problems(tree(GOOD + "colour: blue\n")))
                .containsExactly("colour: unknown key; known: name, learning_rate, steps, dry, shields");
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        var wrong = GOOD.replace("1e-4", "fast").replace("false", "7").replace("reverse", "revers");
        assertThat(problems(tree(wrong)))
                .containsExactly(
                        "learning_rate: must be a number, is fast",
                        "dry: must be true or false, is 7",
                        "shields[0].direction: must be forward or reverse, is revers, did you mean reverse?");
    }

    @Test
    void whatARecordRefusesCarriesItsPath() {
        assertThat(problems(tree(GOOD.replace("0.5", "-0.5"))))
                .containsExactly("shields[0]: weight must be at least 0, got -0.5");
    }

    @Test
    void aFamilyMemberNeedsAKnownType() {
        assertThat(problems(tree(GOOD.replace("type: Mix, ", ""))))
                .containsExactly("shields[1].type: missing; one of Penalty, Mix");
        assertThat(problems(tree(GOOD.replace("Penalty", "Penalti"))))
                .containsExactly("shields[0].type: unknown type Penalti, did you mean Penalty?");
    }

    @Test
    void wrongShapesAreNamed() {
        assertThat(problems(tree(GOOD.replace("every_rows: 5", "every_rows: 5.5"))))
                .containsExactly("shields[1].every_rows: must be a whole number, is 5.5");
        assertThat(problems(tree("[1, 2]"))).containsExactly("must be a map, is a list");
        assertThat(problems(tree(GOOD.replace("name: x", "name: {a: 1}"))))
                .containsExactly("name: must be text, is a map");
        assertThat(problems(tree(GOOD.replaceAll("(?s)shields:.*", "shields: 3"))))
                .containsExactly("shields: must be a list, is 3");
    }

    @Property
    void distanceIsZeroOnlyForEqualWordsAndDoesNotDependOnTheirOrder(@ForAll String a, @ForAll String b) {
        assertThat(SpecCheck.distance(a, b) == 0).isEqualTo(a.equals(b));
        assertThat(SpecCheck.distance(a, b)).isEqualTo(SpecCheck.distance(b, a));
    }

    private static JsonNode tree(String yaml) {
        return Formats.YAML.readTree(yaml);
    }

    private static List<String> problems(JsonNode tree) {
        var check = new SpecCheck();
        check.check(tree, Plan.class);
        return check.problems();
    }
}
