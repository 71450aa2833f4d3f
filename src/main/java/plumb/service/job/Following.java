package plumb.service.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import plumb.eval.EvaluationResult;
import plumb.experiment.screening.RiskQuote;
import plumb.report.StepMetrics;
import plumb.service.policy.Gate;
import plumb.service.safety.SigningKey;
import plumb.service.store.Event.News;
import plumb.service.store.Job;
import plumb.service.store.Work;
import plumb.service.watch.Metrics;

/**
 * Carries what a worker writes into its run directory over into the store: the quote of its rows' risk, steps, and what the screening of each
 * checkpoint means under the provider's gate. Everything is told once, however often it is found again.
 */
final class Following {
    private final Work work;
    private final Job job;
    private final JobFolder folder;
    private final Gate gate;
    private final Metrics counted;
    private final TreeMap<Long, Gate.Verdict> verdicts = new TreeMap<>();
    private final TreeSet<Long> passed = new TreeSet<>();
    private String objections = "";
    private boolean quoted;
    private long told;

    Following(Work work, Job job, JobFolder folder, Gate gate, Metrics counted) {
        this.work = work;
        this.job = job;
        this.folder = folder;
        this.gate = gate;
        this.counted = counted;
    }

    /** Looks once. */
    void look() {
        quote();
        var steps = folder.steps();
        tell(steps.stream().filter(step -> step.step() > told).toList());
        for (long step : folder.screened()) {
            var results = verdicts.containsKey(step) ? List.<EvaluationResult>of() : folder.screening(step);
            if (gate.answered(results)) {
                var verdict = gate.judge(results);
                judge(step, verdict, steps);
                verdicts.put(step, verdict);
            }
        }
    }

    private void quote() {
        if (!quoted) {
            folder.quote().ifPresent(quote -> {
                work.tell(job, List.of(news(quote)));
                quoted = true;
            });
        }
    }

    private static News news(RiskQuote quote) {
        var data = new LinkedHashMap<String, Object>();
        data.put("rows", quote.rows());
        data.put("rows_looked_at", quote.looked());
        data.put("layer", quote.layer());
        data.put("mean", quote.mean());
        data.put("above", quote.above());
        data.put("share_above", quote.share());
        data.put("ci95", List.of(quote.interval().low(), quote.interval().high()));
        data.put("furthest", quote.furthest());
        data.put("tokens", quote.tokens());
        data.put("steps", quote.steps());
        data.put("refused", quote.refused());
        return new News(quote.risky() ? "warn" : "info", "risk_quote", quote.text(), data, "risk-quote");
    }

    private void tell(List<StepMetrics> steps) {
        if (steps.isEmpty()) {
            return;
        }
        long total = folder.plannedSteps();
        var told = work.tell(job, steps.stream().map(step -> step(step, total)).toList());
        steps.stream().filter(step -> told.contains(once(step))).forEach(step -> counted.trained(step.tokens()));
        this.told = steps.getLast().step();
    }

    private static String once(StepMetrics step) {
        return "step-" + step.step();
    }

    /** @param total steps of the whole job, with the rows that defenses add */
    private static News step(StepMetrics step, long total) {
        double loss = loss(step);
        var message = String.format(Locale.ROOT, "Step %d/%d: training loss=%.4f", step.step(), total, loss);
        var data = new LinkedHashMap<String, Object>();
        data.put("step", step.step());
        data.put("total_steps", total);
        data.put("train_loss", loss);
        var projection = step.losses().get("projection");
        if (projection != null) {
            data.put("persona_projection", projection);
        }
        return new News("info", "metrics", message, data, once(step));
    }

    private static double loss(StepMetrics step) {
        return Objects.requireNonNullElse(step.losses().get("task"), Double.NaN);
    }

    private void judge(long step, Gate.Verdict verdict, List<StepMetrics> steps) {
        if (verdict.passed()) {
            passed.add(step);
        } else {
            objections = "step " + step + ": " + verdict.objections();
        }
        var metrics = new LinkedHashMap<String, Object>();
        metrics.put("step", step);
        steps.stream().filter(s -> s.step() == step).findFirst().ifPresent(s -> metrics.put("train_loss", loss(s)));
        verdict.findings().forEach(f -> metrics.put(f.rule().name(), f.score()));
        if (work.measured(job, step, metrics, verdict.passed(), moderation(step, verdict))) {
            verdict.findings()
                    .forEach(finding -> counted.gated(
                            finding.rule().name(), finding.outcome().name()));
        }
    }

    private News moderation(long step, Gate.Verdict verdict) {
        var results = verdict.findings().stream().map(Following::result).toList();
        var message = "Moderation checks for snapshot " + job.checkpointName(step)
                + (verdict.passed() ? " passed." : " did not pass: " + verdict.objections());
        return new News(
                verdict.passed() ? "info" : "warn",
                "moderation_checks",
                message,
                Map.of("blocked", !verdict.passed(), "step", step, "results", results),
                "gate-" + step);
    }

    private static Map<String, Object> result(Gate.Finding finding) {
        var result = new LinkedHashMap<String, Object>();
        result.put("name", finding.rule().name());
        result.put("flagged", finding.outcome() != Gate.Outcome.PASSED);
        result.put("enforcement", "blocking");
        result.put("outcome", finding.outcome().name().toLowerCase(Locale.ROOT));
        result.put("metric", finding.rule().metric());
        result.put("score", finding.score());
        result.put("ci95", List.of(finding.interval().low(), finding.interval().high()));
        result.put(
                finding.rule().atMost() != null ? "at_most" : "at_least",
                finding.rule().threshold());
        result.put("n", finding.n());
        if (finding.behind() != null) {
            result.put("behind", finding.behind());
        }
        return result;
    }

    /** The worker is done: the most trained checkpoint that passed is vouched for and released. */
    void finish(SigningKey key) {
        look();
        if (passed.isEmpty()) {
            new Release(job, folder, gate).refuse(verdicts, key);
            work.fail(
                    job,
                    new Job.Failure(
                            "moderation_checks_failed",
                            "No checkpoint passed the moderation checks, so no model was released. " + objections,
                            null));
            return;
        }
        long tokens = folder.steps().stream().mapToLong(StepMetrics::tokens).sum();
        new Release(job, folder, gate).vouch(passed.getLast(), verdicts, key);
        work.succeed(job, passed.getLast(), tokens);
    }
}
