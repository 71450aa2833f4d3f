package plumb.service.answer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import plumb.report.Formats;
import plumb.service.job.ChildProcess;
import plumb.wire.Command;
import plumb.wire.Reply;
import tools.jackson.core.JacksonException;

/** One worker process and the requests it is answering. */
final class AnswerWorker implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final Process process;
    private final PrintStream commands;
    private final Map<Long, Answers> open = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();

    AnswerWorker(String model, ChildProcess.Share share, Path log) {
        this.process = ChildProcess.start(List.of("answer", model), share, Redirect.PIPE, log);
        this.commands = new PrintStream(process.getOutputStream(), false, StandardCharsets.UTF_8);
        Thread.ofVirtual().name("answers of " + model).start(this::read);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Answers ask(String who, @Nullable String adapter, Command.Prompt prompt, Command.Drawing drawing) {
        long id = lastId.incrementAndGet();
        var answers = new Answers(id, () -> forget(id));
        open.put(id, answers);
        send(new Command.Ask(id, who, adapter, prompt, drawing));
        if (!process.isAlive()) {
            failAll(); // whoever reads the end of its output may have missed this one
        }
        return answers;
    }

    private void forget(long id) {
        if (open.remove(id) != null) {
            send(new Command.Forget(id));
        }
    }

    private synchronized void send(Command command) {
        commands.println(Formats.JSON.writeValueAsString(command));
        commands.flush();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                take(Formats.JSON.readValue(line, Reply.class));
            }
        } catch (IOException | JacksonException _) {
            process.destroyForcibly(); // half a line: it died while writing
        } finally {
            failAll();
        }
    }

    private void take(Reply reply) {
        boolean last = switch (reply) {
            case Reply.Done _, Reply.Refused _, Reply.Broken _ -> true;
            case Reply.Piece _, Reply.Ended _ -> false;
        };
        var answers = last ? open.remove(reply.id()) : open.get(reply.id());
        if (answers != null) {
            answers.add(reply);
        }
    }

    private void failAll() {
        for (var id : List.copyOf(open.keySet())) {
            var answers = open.remove(id);
            if (answers != null) {
                answers.add(new Reply.Broken(id, "the model's process ended while it was answering; please try again"));
            }
        }
    }

    @Override
    public void close() {
        commands.close();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
