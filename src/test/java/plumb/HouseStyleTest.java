package plumb;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sizes, measured over the sources: long files and methods are where code rots. An exception stands here with its reason. */
final class HouseStyleTest {

    private static final Path MAIN = Path.of("src/main/java/plumb");
    private static final Path TESTS = Path.of("src/test/java/plumb");
    private static final int FILE_LINES = 400;
    private static final int METHOD_LINES = 40;
    private static final int PARAMETERS = 5;
    private static final int FILES_IN_PACKAGE = 20;

    /** What may be larger than the rule, and why: a file name, or {@code Type.method}. */
    private static final Map<String, String> EXCEPTIONS = Map.of(
            "Tensor.java", "the whole vocabulary of tensors, an operation a method; two halves would need each other",
            "defense",
                    "a sealed family lives in one package, so every defense is a file here, and what it reports another",
            "eval",
                    "a sealed family lives in one package, so every evaluation is a file here; its parts are in subpackages",
            "jinja", "one construct of the template language a file",
            "model", "decoder, generation, adapters and weight files share parts that nobody else should see",
            "Blas.product", "the parameters of the matrix library",
            "Blas.matrixTimesRow", "as Blas.product");

    @Test
    void filesStayShort() throws IOException {
        var long_ = new TreeSet<String>();
        for (var file : sources(MAIN, TESTS)) {
            int lines = Files.readAllLines(file).size();
            if (lines > FILE_LINES && !EXCEPTIONS.containsKey(String.valueOf(file.getFileName()))) {
                long_.add(file + ": " + lines + " lines");
            }
        }
        assertThat(long_).isEmpty();
    }

    @Test
    void packagesStaySmall() throws IOException {
        var crowded = new TreeSet<String>();
        var types = sources(MAIN).stream().filter(file -> !file.endsWith("package-info.java"));
        types.collect(groupingBy(HouseStyleTest::folders)).forEach((folder, files) -> {
            if (files.size() > FILES_IN_PACKAGE && !EXCEPTIONS.containsKey(String.valueOf(folder.getFileName()))) {
                crowded.add(folder + ": " + files.size() + " files");
            }
        });
        assertThat(crowded).isEmpty();
    }

    @Test
    void methodsStayShortAndTakeFewParameters() throws IOException {
        var found = new MethodSizes();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var task = (JavacTask)
                    compiler.getTask(null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources(MAIN)));
            found.positions = Trees.instance(task).getSourcePositions();
            task.parse().forEach(unit -> found.scan(unit, null));
        }
        assertThat(found.wrong).isEmpty();
        assertThat(found.seen).as("methods measured").isGreaterThan(10);
    }

    @Test
    void noExceptionIsLeftOver() throws IOException {
        var names = new TreeSet<String>();
        for (var file : sources(MAIN, TESTS)) {
            names.add(String.valueOf(file.getFileName()));
            names.add(folder(file));
        }
        assertThat(EXCEPTIONS.keySet())
                .allSatisfy(name -> assertThat(names)
                        .anySatisfy(file -> assertThat(file).isIn(name, name.replaceFirst("\\..*", "") + ".java")));
    }

    /** Two packages may end in the same name: all of it. */
    private static Path folders(Path file) {
        return file.subpath(0, file.getNameCount() - 1);
    }

    private static String folder(Path file) {
        return String.valueOf(folders(file).getFileName());
    }

    private static List<Path> sources(Path... roots) throws IOException {
        var all = new TreeSet<Path>();
        for (var root : roots) {
            try (var paths = Files.walk(root)) {
                paths.filter(p -> p.toString().endsWith(".java")).forEach(all::add);
            }
        }
        return List.copyOf(all);
    }

    /** Walks the parsed sources and notes the methods that are too long or take too much. */
    private static final class MethodSizes extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final TreeSet<String> wrong = new TreeSet<>();
        private int seen;
        private @Nullable SourcePositions positions;
        private @Nullable CompilationUnitTree unit;
        private String type = "";

        @Override
        public @Nullable Void visitCompilationUnit(CompilationUnitTree node, @Nullable Void none) {
            unit = node;
            return super.visitCompilationUnit(node, null);
        }

        @Override
        public @Nullable Void visitClass(ClassTree node, @Nullable Void none) {
            var outer = type;
            type = node.getSimpleName().toString();
            super.visitClass(node, null);
            type = outer;
            return null;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree node, @Nullable Void none) {
            seen++;
            var name = type + "." + node.getName();
            if (!EXCEPTIONS.containsKey(name)) {
                int lines = lines(node);
                if (lines > METHOD_LINES) {
                    wrong.add(name + ": " + lines + " lines");
                }
                if (node.getParameters().size() > PARAMETERS && !node.getName().contentEquals("<init>")) {
                    wrong.add(name + ": " + node.getParameters().size() + " parameters");
                }
            }
            return super.visitMethod(node, null);
        }

        private int lines(MethodTree node) {
            if (unit == null || positions == null) {
                throw new IllegalStateException("a method outside a file");
            }
            var map = unit.getLineMap();
            long last = positions.getEndPosition(unit, node);
            return last < 0
                    ? 0
                    : (int) (map.getLineNumber(last) - map.getLineNumber(positions.getStartPosition(unit, node)) + 1);
        }
    }
}
