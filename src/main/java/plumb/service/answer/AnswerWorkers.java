package plumb.service.answer;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.service.job.ChildProcess;
import plumb.wire.Command;

/** A worker process for each base model, started when somebody asks. */
public final class AnswerWorkers implements AutoCloseable {
    private final ChildProcess.Share share;
    private final Path log;
    private final Map<String, AnswerWorker> workers = new HashMap<>();

    /** @param log where the workers complain */
    public AnswerWorkers(ChildProcess.Share share, Path log) {
        this.share = share;
        this.log = log;
    }

    /**
     * Asks a model.
     *
     * @param who asks: those of many are answered in turn
     * @param model path of the base
     * @param adapter folder of an adapter for it; none: the base itself
     */
    public Answers ask(
            String who, String model, @Nullable Path adapter, Command.Prompt prompt, Command.Drawing drawing) {
        var folder = adapter == null ? null : adapter.toAbsolutePath().toString();
        return worker(model).ask(who, folder, prompt, drawing);
    }

    private synchronized AnswerWorker worker(String model) {
        var worker = workers.get(model);
        if (worker == null || !worker.isAlive()) {
            worker = new AnswerWorker(model, share, log);
            workers.put(model, worker);
        }
        return worker;
    }

    /** How many processes answer now. */
    public synchronized int running() {
        return (int) workers.values().stream().filter(AnswerWorker::isAlive).count();
    }

    @Override
    public synchronized void close() {
        workers.values().forEach(AnswerWorker::close);
        workers.clear();
    }
}
