package plumb.worker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import plumb.chat.BadInput;
import plumb.report.Formats;
import plumb.torch.Torch;
import plumb.wire.Command;
import plumb.wire.Reply;

/**
 * Answers for one base model: commands come in as lines, replies go out as lines, until the input ends. Requests are
 * answered side by side, a token each at a time, whatever adapters they are for, so that a long answer keeps nobody waiting; those of
 * many askers in turn ({@link Waiting}). One thread does all the computing.
 */
public final class InferenceWorker {
    /** Adapters that are kept ready: as many as can be asked at the same time. */
    private static final int ADAPTERS = Waiting.SIDE_BY_SIDE;

    private final BlockingQueue<Optional<Command>> commands = new LinkedBlockingQueue<>();
    private final Waiting waiting;
    private final ArrayList<Answering> active = new ArrayList<>();
    private final PrintStream out;

    private InferenceWorker(PrintStream out, int positions) {
        this.out = out;
        this.waiting = new Waiting(positions);
    }

    /**
     * Serves until the input ends.
     *
     * @param model {@code organism} or a Hugging Face folder
     */
    public static void run(String model, int threads, InputStream in, PrintStream out) {
        Torch.setThreads(threads);
        try (var models = new LoadedModels(model, ADAPTERS)) {
            var worker =
                    new InferenceWorker(out, models.base().decoder().config().maxPositions());
            Thread.ofVirtual().start(() -> worker.read(in));
            worker.serve(models);
        }
    }

    private void read(InputStream in) {
        try (var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                commands.add(Optional.of(Formats.JSON.readValue(line, Command.class)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            commands.add(Optional.empty());
        }
    }

    private void serve(LoadedModels models) {
        try {
            while (takeCommands()) {
                for (var next = next(); next.isPresent(); next = next()) {
                    begin(next.get(), models);
                }
                step(models);
                for (var answering : new ArrayList<>(active)) {
                    if (!goesOn(answering)) {
                        active.remove(answering);
                        answering.close();
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            active.forEach(Answering::close);
        }
    }

    private Optional<Command.Ask> next() {
        return waiting.next(active.stream().map(Answering::ask).toList());
    }

    /** Takes every command there is; waits for one only when there is nothing else to do. False: the input has ended. */
    private boolean takeCommands() throws InterruptedException {
        boolean idle = active.isEmpty() && waiting.isEmpty();
        var next = idle ? commands.take() : commands.poll();
        while (next != null) {
            if (next.isEmpty()) {
                return false;
            }
            switch (next.get()) {
                case Command.Ask ask -> waiting.add(ask);
                case Command.Forget(long id) -> forget(id);
            }
            next = commands.poll();
        }
        return true;
    }

    private void forget(long id) {
        waiting.forget(id);
        active.stream().filter(a -> a.id() == id).toList().forEach(answering -> {
            active.remove(answering);
            answering.close();
        });
    }

    private void begin(Command.Ask ask, LoadedModels models) {
        try {
            active.add(new Answering(ask, models, this::send));
        } catch (RuntimeException e) {
            send(failure(ask.id(), e));
        }
    }

    /** A step serves all requests; one that breaks ends them all. */
    private void step(LoadedModels models) {
        try {
            models.batch().step();
        } catch (RuntimeException e) {
            for (var answering : active) {
                send(failure(answering.id(), e));
                answering.close();
            }
            active.clear();
        }
    }

    private boolean goesOn(Answering answering) {
        try {
            return answering.step();
        } catch (RuntimeException e) {
            send(failure(answering.id(), e));
            return false;
        }
    }

    private static Reply failure(long id, RuntimeException e) {
        return switch (e) {
            case Answering.TooLong _ -> new Reply.Refused(id, text(e), "context_length_exceeded");
            case BadInput _ -> new Reply.Refused(id, text(e), null);
            default -> new Reply.Broken(id, e.toString());
        };
    }

    private static String text(RuntimeException e) {
        return String.valueOf(e.getMessage());
    }

    private void send(Reply reply) {
        out.println(Formats.JSON.writeValueAsString(reply));
        out.flush();
    }
}
