package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.finetuning.jobs.FineTuningJobEvent;
import com.openai.models.finetuning.jobs.JobListEventsParams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import plumb.hash.Sha256;
import plumb.report.Formats;
import plumb.report.RunDirectory;

/** What a job left behind, in its run directory and towards its client. */
record JobEvidence(Cluster cluster) {
    private static final long STEPS = 20;

    private Path folder(String job) {
        return cluster.data().resolve("jobs").resolve(job);
    }

    String adapterHash(String job) throws IOException {
        var digest = Sha256.start();
        digest.update(Files.readAllBytes(folder(job).resolve("adapter").resolve("adapter_model.safetensors")));
        return Sha256.hex(digest);
    }

    /** Names of the events that were told, when there are so many or the job has ended. */
    Set<String> toldAtLeast(String job, int count) throws InterruptedException {
        var parameters =
                JobListEventsParams.builder().fineTuningJobId(job).limit(100).build();
        while (true) {
            boolean ended = cluster.call(client -> client.fineTuning().jobs().retrieve(job))
                    .finishedAt()
                    .isPresent();
            var events = cluster.call(
                    client -> client.fineTuning().jobs().listEvents(parameters).data());
            if (ended || events.size() >= count) {
                return events.stream().map(FineTuningJobEvent::id).collect(Collectors.toSet());
            }
            Thread.sleep(50);
        }
    }

    /**
     * Nothing happened twice, and nothing that was told is gone.
     *
     * @param seen names of events that were told while it ran
     */
    void assertRanOnce(String job, Set<String> seen) throws IOException {
        assertOneAtATime(job);
        assertThat(RunDirectory.at(folder(job)).steps())
                .extracting(step -> step.step())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, STEPS).boxed().toList());
        var events = cluster.call(client ->
                client.fineTuning().jobs().listEvents(job).autoPager().stream().toList());
        assertThat(events).extracting(FineTuningJobEvent::id).containsAll(seen);
        var messages = events.stream().map(FineTuningJobEvent::message).toList();
        assertThat(messages)
                .doesNotHaveDuplicates()
                .contains("Created fine-tuning job: " + job, "Fine-tuning job started")
                .contains("The job has successfully completed");
        assertThat(messages.stream().filter(m -> m.startsWith("Step "))).hasSize((int) STEPS);
        var checkpoints = cluster.call(client -> client.fineTuning().jobs().checkpoints().list(job).autoPager().stream()
                .toList());
        assertThat(checkpoints).hasSize(5);
        var models = cluster.call(client -> client.models().list().autoPager().stream()
                .map(model -> model.id())
                .toList());
        assertThat(models)
                .filteredOn(name -> name.endsWith(job.substring(job.length() - 8)))
                .hasSize(1);
    }

    /** Whoever begins goes on from what is saved, and saves only what is later: two at once would save things twice. */
    private void assertOneAtATime(String job) throws IOException {
        var saved = new TreeSet<>(List.of(0L));
        long at = 0;
        for (var line : Files.readAllLines(folder(job).resolve("events.jsonl"))) {
            var event = Formats.JSON.readTree(line);
            switch (event.path("event").asString()) {
                case "started" -> {
                    at = event.path("plan").path("first_step").asLong();
                    assertThat(saved).contains(at);
                }
                case "checkpoint" -> {
                    long step = event.path("step").asLong();
                    assertThat(step).isGreaterThan(at);
                    at = step;
                    saved.add(step);
                }
                default -> {}
            }
        }
    }
}
