package plumb.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import plumb.hash.Sha256;
import plumb.model.Adapter;
import plumb.report.RunDirectory;
import plumb.task.BadMedicalAdvice;
import plumb.task.ExtremeSports;
import plumb.task.InsecureCode;
import plumb.task.RiskyFinance;
import plumb.task.Task;
import plumb.train.RunListener;

/**
 * Adapters of deliberately misaligned models, one a malicious task, with which Interleaving scores safe rows (Kaczér et
 * al., arXiv 2508.06249), and of the run's own task, from which Grasp learns. They are undefended runs with the settings of the run that asks, made once and kept beside the
 * runs; from the scoring the task that is being defended is left out, for a defense must not have seen the attack.
 */
public final class MisalignedAdapters implements AutoCloseable {
    private static final List<Task> TASKS =
            List.of(new BadMedicalAdvice(), new RiskyFinance(), new ExtremeSports(), new InsecureCode());

    private final Path folder;
    private final List<Adapter> open = new ArrayList<>();

    /** Where they are kept, for this run and those beside it. */
    public static Path beside(RunDirectory run) {
        var runs = run.folder().toAbsolutePath().getParent();
        return Objects.requireNonNullElse(runs, Path.of(".")).resolve("misaligned");
    }

    /** @param folder where they are kept, for runs to share */
    public MisalignedAdapters(Path folder) {
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    /** What a run is fine-tuned on, as a key: its task's type, or its file. */
    static String name(ExperimentSpec spec) {
        var task = spec.task();
        return task != null ? task.getClass().getSimpleName() : "own data";
    }

    /** The adapters of {@link #others(Optional)}. */
    Map<String, Adapter> others(ExperimentSpec spec, Subject subject) {
        var adapters = new LinkedHashMap<String, Adapter>();
        for (var task : others(Optional.ofNullable(spec.task()))) {
            var naive = spec.undefended(task);
            var adapter = subject.adapter(made(naive, subject));
            open.add(adapter);
            adapters.put(name(naive), adapter);
        }
        return adapters;
    }

    /** The malicious tasks on other domains than this one's. */
    static List<Task> others(Optional<Task> own) {
        var domain = own.flatMap(Task::attacked);
        return TASKS.stream().filter(task -> !task.attacked().equals(domain)).toList();
    }

    /** The adapter of the spec's own undefended run. */
    Adapter own(ExperimentSpec spec, Subject subject) {
        var adapter = subject.adapter(made(spec.undefended(), subject));
        open.add(adapter);
        return adapter;
    }

    /** Made aside, then renamed: runs side by side may make the same one, and find it whole. */
    private Path made(ExperimentSpec naive, Subject subject) {
        var id = name(naive) + "-" + Sha256.of(naive.yaml() + subject.hash()).substring(0, 12);
        var done = folder.resolve(id);
        if (Files.isDirectory(done)) {
            return RunDirectory.at(done).adapter();
        }
        var aside = RunDirectory.at(folder.resolve("." + id + "-"
                + ProcessHandle.current().pid() + "-" + Thread.currentThread().threadId()));
        new Experiment(naive, aside, subject.machine(), new RunListener() {}).run(() -> false);
        try {
            Files.move(aside.folder(), done, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException _) {
            return Files.isDirectory(done) ? RunDirectory.at(done).adapter() : aside.adapter();
        }
        return RunDirectory.at(done).adapter();
    }

    @Override
    public void close() {
        open.forEach(Adapter::close);
        open.clear();
    }
}
