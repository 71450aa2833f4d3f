package plumb.service.job;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plumb.experiment.JudgeSpec;
import plumb.experiment.Judging;
import plumb.hash.Sha256;
import plumb.report.Formats;
import plumb.report.RunDirectory;
import plumb.service.policy.Gate;
import plumb.service.safety.SafetyReport;
import plumb.service.safety.SigningKey;
import plumb.service.store.Job;

/** Writes the signed report of a job that is about to release a model, or to release none: from its run directory, before anybody hears of it. */
record Release(Job job, JobFolder folder, Gate gate) {

    /**
     * Writes the report.
     *
     * @param step whose adapter is released
     * @param verdicts on every checkpoint, by step
     */
    void vouch(long step, SortedMap<Long, Gate.Verdict> verdicts, SigningKey key) {
        folder.writeReport(key.sign(report(step, job.modelName(), verdicts)).json());
    }

    /** Writes why no checkpoint was released. */
    void refuse(SortedMap<Long, Gate.Verdict> verdicts, SigningKey key) {
        if (!verdicts.isEmpty()) {
            folder.writeReport(key.sign(report(null, null, verdicts)).json());
        }
    }

    private SafetyReport report(@Nullable Long step, @Nullable String model, SortedMap<Long, Gate.Verdict> verdicts) {
        var run = RunDirectory.at(folder.folder());
        var manifest = run.manifest().orElseThrow();
        var findings = new TreeMap<Long, List<SafetyReport.Finding>>();
        verdicts.forEach((at, verdict) -> findings.put(
                at, verdict.findings().stream().map(SafetyReport.Finding::of).toList()));
        return new SafetyReport(
                model,
                job.id(),
                job.request().model(),
                manifest.modelHash(),
                manifest.dataHash(),
                manifest.adapterHash(),
                Formats.YAML.readTree(run.specText()).path("defenses"),
                step,
                Formats.JSON.valueToTree(gate.evaluation()),
                judge(),
                Judging.hash(gate.judge()).orElse(null),
                questions(),
                findings,
                manifest.versions());
    }

    /** Who scored whether it is misaligned; where the provider keeps him is not told. */
    private String judge() {
        return switch (gate.judge()) {
            case null -> "organism";
            case JudgeSpec.Endpoint endpoint -> endpoint.model();
            case JudgeSpec.Folder(var path, var _, var _) ->
                String.valueOf(Path.of(path).getFileName());
        };
    }

    private Map<String, String> questions() {
        var files = new TreeMap<String, String>();
        var settings = gate.questions();
        if (settings != null) {
            Stream.concat(settings.report().stream(), settings.tuning().stream())
                    .forEach(file -> files.put(String.valueOf(Path.of(file).getFileName()), Sha256.of(Path.of(file))));
        }
        return files;
    }
}
