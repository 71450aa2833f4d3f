package plumb.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.report.Manifest;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/**
 * Runs the cells of a grid side by side, each on one core: several small trainings that share cores would otherwise wait
 * at each other's barriers. A cell that is done is not done again, so a sweep that was stopped is resumed by running it.
 */
public final class Sweep {
    /** Follows a sweep; called from several threads, one call at a time. */
    public interface Watcher {
        /** Watches one cell's training. */
        default RunListener training(SweepSpec.Cell cell) {
            return new RunListener() {};
        }

        /** A cell is done: measured, and its directory complete. */
        default void done(SweepSpec.Cell cell, RunDirectory directory) {}
    }

    private final SweepSpec spec;
    private final Path folder;
    private final Machine machine;
    private final Watcher watcher;

    /** @param machine for each cell; its threads are what one cell may use */
    public Sweep(SweepSpec spec, Path folder, Machine machine, Watcher watcher) {
        this.spec = spec;
        this.folder = folder;
        this.machine = machine;
        this.watcher = watcher;
    }

    /**
     * Runs what is not done yet.
     *
     * @param workers cells at the same time
     * @param stop asked after every training step
     */
    public Outcome run(int workers, BooleanSupplier stop) {
        var groups = new LinkedHashMap<String, List<SweepSpec.Cell>>();
        spec.cells()
                .forEach(cell -> groups.computeIfAbsent(cell.group(), _ -> new ArrayList<>())
                        .add(cell));
        var first = groups.values().stream().map(List::getFirst).toList();
        var others = groups.values().stream()
                .flatMap(cells -> cells.stream().skip(1))
                .toList();
        var outcome = side(first, workers, cell -> cell(cell, stop));
        return outcome == Outcome.STOPPED ? outcome : side(others, workers, cell -> follower(cell, groups, stop));
    }

    /** Every directory of the sweep, in the order of its cells. */
    public List<RunDirectory> directories() {
        return spec.cells().stream().map(this::directory).toList();
    }

    private RunDirectory directory(SweepSpec.Cell cell) {
        return RunDirectory.at(folder.resolve(cell.id()));
    }

    private static Outcome side(List<SweepSpec.Cell> cells, int workers, Function<SweepSpec.Cell, Outcome> work) {
        try (var executor = Executors.newFixedThreadPool(workers)) {
            var futures = cells.stream()
                    .map(cell -> executor.submit(() -> work.apply(cell)))
                    .toList();
            boolean stopped = false;
            for (var future : futures) {
                stopped |= result(future, futures) == Outcome.STOPPED;
            }
            return stopped ? Outcome.STOPPED : Outcome.FINISHED;
        }
    }

    /** The first failure ends the sweep; cells that have not begun are dropped. */
    private static Outcome result(Future<Outcome> future, List<Future<Outcome>> all) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            all.forEach(other -> other.cancel(false));
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a sweep was running", e);
        }
    }

    private Outcome follower(SweepSpec.Cell cell, Map<String, List<SweepSpec.Cell>> groups, BooleanSupplier stop) {
        var leader = directory(groups.getOrDefault(cell.group(), List.of(cell)).getFirst());
        var own = directory(cell);
        if (own.evaluations(Stage.BEFORE).isEmpty()) {
            own.adoptBefore(leader);
        }
        return cell(cell, stop);
    }

    /** A cell is its spec and nothing else: what another spec left in its directory is no result of this one. */
    private static void requireSame(SweepSpec.Cell cell, RunDirectory directory) {
        if (Files.exists(directory.spec()) && !cell.spec().equals(saved(directory))) {
            throw new BadInput(directory.folder() + " holds a run of another spec than " + cell.id()
                    + " now is: give the sweep another folder (--runs), or remove that one");
        }
    }

    /** A spec is read, not compared as text: one saved before a key was added means what the key's default says. */
    private static @Nullable ExperimentSpec saved(RunDirectory directory) {
        try {
            return ExperimentSpec.of(directory);
        } catch (BadInput _) {
            return null; // of a version that knew other keys
        }
    }

    private Outcome cell(SweepSpec.Cell cell, BooleanSupplier stop) {
        var directory = directory(cell);
        if (stop.getAsBoolean()) {
            return Outcome.STOPPED;
        }
        requireSame(cell, directory);
        if (directory.manifest().map(Manifest::finished).isEmpty()) {
            var experiment = new Experiment(cell.spec(), directory, machine, watcher.training(cell));
            if (experiment.run(stop) == Outcome.STOPPED) {
                return Outcome.STOPPED;
            }
        }
        synchronized (watcher) {
            watcher.done(cell, directory);
        }
        return Outcome.FINISHED;
    }
}
