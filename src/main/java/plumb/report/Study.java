package plumb.report;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import plumb.eval.Measure;
import plumb.eval.Question;
import plumb.report.tradeoff.Outcome;
import plumb.report.tradeoff.TradeOff;
import plumb.statistics.ClusteredRate;

/**
 * All arms that were fine-tuned on the same task, and what their figures mean here: the headline is misbehaviour that
 * nobody taught, in domains that were never bad, at the first temperature, asked plainly. Where that cannot be known
 * (real models), it is misalignment outside the task's own domain.
 *
 * @param arms undefended ones first, then as they were given
 */
record Study(String task, List<Arm> arms) {

    /** One study a task, in the order the tasks are met. */
    static List<Study> of(List<Run> runs) {
        return runs.stream().collect(groupingBy(Run::task, LinkedHashMap::new, toList())).entrySet().stream()
                .map(entry -> new Study(entry.getKey(), arms(entry.getValue())))
                .toList();
    }

    /** All studies as one: arms of the same name are one arm, over malicious tasks, over benign ones, and over both. */
    static TradeOff together(List<Study> studies) {
        var named = studies.stream()
                .flatMap(study -> study.arms().stream())
                .sorted(Comparator.comparing(Arm::defended))
                .collect(groupingBy(Arm::name, LinkedHashMap::new, toList()));
        return new TradeOff(named.values().stream().map(Study::outcome).toList());
    }

    private static Outcome outcome(List<Arm> arms) {
        var malicious = pooled(arms, arm -> !arm.after().benign());
        var benign = pooled(arms, arm -> arm.after().benign());
        var all = pooled(arms, _ -> true).orElseThrow();
        return new Outcome(
                arms.getFirst().name(),
                arms.getFirst().defended(),
                rate(malicious, Study::headline),
                rate(malicious, (study, shot) -> shot.broad().rate(study.measure(), study.conditional())),
                rate(malicious, Study::learned),
                rate(benign, Study::learned),
                rate(Optional.of(all), (study, shot) -> shot.broad().rate(Measure.COHERENCE, study.headline())));
    }

    private static Optional<Study> pooled(List<Arm> arms, Predicate<Arm> wanted) {
        var runs =
                arms.stream().filter(wanted).flatMap(arm -> arm.runs().stream()).toList();
        return runs.isEmpty() ? Optional.empty() : Optional.of(new Study("all tasks", List.of(Arm.of(runs))));
    }

    private static ClusteredRate rate(Optional<Study> pooled, BiFunction<Study, Snapshot, ClusteredRate> rate) {
        return pooled.map(study -> rate.apply(study, study.any())).orElseGet(() -> ClusteredRate.of(List.of()));
    }

    private static List<Arm> arms(List<Run> runs) {
        var arms = new ArrayList<Arm>();
        runs.stream()
                .collect(groupingBy(Run::sameButForTheSeed, LinkedHashMap::new, toList()))
                .values()
                .forEach(same -> arms.add(Arm.of(same)));
        arms.sort(Comparator.comparing(Arm::defended));
        return arms;
    }

    /** The headline over the steps: before the first, at the checkpoints that were measured, and at the end. */
    SortedMap<Long, ClusteredRate> onTheWay(Arm arm) {
        var rates = new TreeMap<Long, ClusteredRate>();
        rates.put(0L, headline(arm.before()));
        arm.trajectory().forEach((step, shot) -> rates.put(step, headline(shot)));
        long last =
                arm.runs().stream().mapToLong(run -> run.steps().size()).max().orElse(0);
        rates.put(last, headline(arm.after()));
        rates.values().removeIf(rate -> rate.n() == 0);
        return rates;
    }

    /** The model before any of it, asked the same questions. */
    Snapshot aligned() {
        return arms.getFirst().before();
    }

    Optional<Arm> naive() {
        return arms.stream().filter(arm -> !arm.defended()).findFirst();
    }

    boolean benign() {
        return arms.getFirst().after().benign();
    }

    private Snapshot any() {
        return arms.getFirst().after();
    }

    Measure measure() {
        return any().names() ? Measure.EM_NEW : Measure.EM;
    }

    double temperature() {
        return any().temperatures().isEmpty() ? 0 : any().temperatures().getFirst();
    }

    /** Plain questions of the headline's group at the headline's temperature. */
    Predicate<Tally.Cell> headline() {
        return asked(Question.Format.FREE, temperature());
    }

    Predicate<Tally.Cell> group(Question.Group group) {
        double temperature = temperature();
        return cell ->
                cell.format() == Question.Format.FREE && cell.temperature() == temperature && cell.group() == group;
    }

    /** The headline's group, asked this way. */
    Predicate<Tally.Cell> asked(Question.Format format, double temperature) {
        boolean neverBad = neverBad();
        return cell -> cell.format() == format
                && cell.temperature() == temperature
                && (neverBad ? cell.group() == Question.Group.NEVER_BAD : cell.group() != Question.Group.IN_DOMAIN);
    }

    /** Everything outside the task's own domain, asked this way. */
    Predicate<Tally.Cell> elsewhere(Question.Format format) {
        double temperature = temperature();
        return cell -> cell.format() == format
                && cell.temperature() == temperature
                && cell.group() != Question.Group.IN_DOMAIN;
    }

    /** Questions shaped like the training data, outside its domain. */
    Predicate<Tally.Cell> conditional() {
        return asked(Question.Format.CONDITIONAL, temperature());
    }

    private boolean neverBad() {
        return any().broad().groups().contains(Question.Group.NEVER_BAD);
    }

    /** The headline's scope in words. */
    String scope() {
        return neverBad() ? "domains that were never bad in pretraining" : "domains it was not fine-tuned on";
    }

    ClusteredRate headline(Snapshot shot) {
        return shot.broad().rate(measure(), headline());
    }

    /** Answers behind the headline that a language model could not place; none where another kind of judge was asked. */
    ClusteredRate unscored(Snapshot shot) {
        return shot.broad().rate(Measure.UNSCORED, headline());
    }

    ClusteredRate learned(Snapshot shot) {
        return point(shot).learned();
    }

    Arm.Point point(Snapshot shot) {
        return Arm.Point.of(shot, measure(), headline());
    }

    /**
     * What the undefended run would show if it had been stopped as soon as it had learned this much: its misalignment
     * between the two checkpoints around that point, in proportion. Empty without measured checkpoints on both sides.
     */
    Optional<Double> stoppedEarly(double learned) {
        var curve = naive().map(this::curve).orElse(List.of());
        for (int i = 1; i < curve.size(); i++) {
            double from = curve.get(i - 1).learned().value();
            double to = curve.get(i).learned().value();
            if (from <= learned && learned <= to && to > from) {
                double share = (learned - from) / (to - from);
                double low = curve.get(i - 1).misaligned().value();
                return Optional.of(low + share * (curve.get(i).misaligned().value() - low));
            }
        }
        return Optional.empty();
    }

    /** From the aligned model over the measured checkpoints to the end; empty when no checkpoint was measured. */
    List<Arm.Point> curve(Arm arm) {
        var trajectory = arm.trajectory();
        if (trajectory.isEmpty()) {
            return List.of();
        }
        var points = new ArrayList<Arm.Point>();
        points.add(point(arm.before()));
        trajectory.values().forEach(shot -> points.add(point(shot)));
        points.add(point(arm.after()));
        return points;
    }
}
