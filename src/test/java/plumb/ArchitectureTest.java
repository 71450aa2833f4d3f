package plumb;

import static com.tngtech.archunit.core.importer.ImportOption.Predefined.DO_NOT_INCLUDE_TESTS;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Who may import whom. Two of these are safety properties: the trainer knows no defense, and an evaluation knows neither
 * tensors nor the trainer nor a defense, so that no defense can leak into its own measurement.
 */
final class ArchitectureTest {

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(DO_NOT_INCLUDE_TESTS).importPackages("plumb");

    private static final Set<String> ENGINE = Set.of(
            "report",
            "task",
            "organism",
            "program",
            "defense",
            "eval",
            "diagnose",
            "statistics",
            "train",
            "data",
            "model",
            "chat",
            "torch");

    /** For each package, the packages of ours it may use. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("hash", Set.of()),
            Map.entry("json", Set.of()),
            Map.entry("torch", Set.of()),
            Map.entry("statistics", Set.of()),
            Map.entry("chat", Set.of()),
            Map.entry("program", Set.of()),
            Map.entry("data", Set.of("chat")),
            Map.entry("model", Set.of("chat", "torch")),
            Map.entry("train", Set.of("data", "model", "chat", "torch")),
            Map.entry("eval", Set.of("statistics", "data", "model", "chat")),
            Map.entry("diagnose", Set.of("data", "model", "chat", "torch")),
            Map.entry("defense", Set.of("diagnose", "train", "data", "model", "chat", "torch")),
            Map.entry("organism", Set.of("eval", "statistics", "train", "data", "model", "chat", "torch")),
            Map.entry("task", Set.of("program", "organism", "eval", "statistics", "train", "data", "model", "chat")),
            Map.entry("report", Set.of("eval", "statistics", "chat")),
            Map.entry("experiment", ENGINE),
            Map.entry("wire", Set.of()),
            Map.entry("worker", union(ENGINE, "experiment", "wire")),
            Map.entry(
                    "service", Set.of("wire", "experiment", "report", "defense", "eval", "statistics", "data", "chat")),
            Map.entry("cli", union(ENGINE, "experiment", "worker", "service")));

    @Test
    void everyPackageUsesOnlyThePackagesBelowIt() {
        var wrong = new TreeSet<String>();
        for (var type : CLASSES) {
            var own = packageOf(type);
            for (var dependency : type.getDirectDependenciesFromSelf()) {
                var target = dependency.getTargetClass().getBaseComponentType();
                if (target.getPackageName().startsWith("plumb.") && !mayUse(own, packageOf(target))) {
                    wrong.add(dependency.getDescription());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyPackageHasItsPlaceInTheLayers() {
        assertThat(CLASSES.stream().map(ArchitectureTest::packageOf).collect(toSet()))
                .isSubsetOf(MAY_USE.keySet());
    }

    @Test
    void packagesAreFreeOfCycles() {
        slices().matching("plumb.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyTorchKnowsLibtorch() {
        noClasses()
                .that()
                .resideOutsideOfPackage("plumb.torch..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bytedeco..")
                .check(CLASSES);
    }

    @Test
    void onlyTheCommandLineEndsTheProcess() {
        noClasses()
                .that()
                .resideOutsideOfPackage("plumb.cli..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(CLASSES);
    }

    @Test
    void namesAreTheFieldsWords() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Utils?|Impl|Info|Factory|Builder|Processor)$")
                .orShould(com.tngtech.archunit.lang.conditions.ArchConditions.be(DescribedPredicate.describe(
                        "named Abstract…",
                        (JavaClass type) -> type.getSimpleName().startsWith("Abstract"))))
                .check(CLASSES);
    }

    private static Set<String> union(Set<String> some, String... more) {
        var all = new TreeSet<>(some);
        all.addAll(Set.of(more));
        return all;
    }

    private static boolean mayUse(String own, String target) {
        return own.equals(target)
                || Set.of("hash", "json").contains(target)
                || MAY_USE.getOrDefault(own, Set.of()).contains(target);
    }

    /** The first package below {@code plumb}: {@code train} for {@code plumb.train.Trainer}. */
    private static String packageOf(JavaClass type) {
        return type.getPackageName().split("\\.", -1)[1];
    }
}
