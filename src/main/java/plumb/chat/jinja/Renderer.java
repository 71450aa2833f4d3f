package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Nodes to text. */
final class Renderer {
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private final List<Rendering.Span> generations = new ArrayList<>();
    private StringBuilder out = new StringBuilder();
    private boolean capturing;

    Renderer(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(budget);
    }

    Rendering render(List<Node> nodes, Map<String, Object> variables) {
        var scope = new Scope(Optional.empty());
        given(scope);
        variables.forEach(scope::set);
        run(nodes, scope);
        return new Rendering(out.toString(), List.copyOf(generations));
    }

    /** What Transformers gives every chat template. There are never tools or documents here. */
    private void given(Scope scope) {
        scope.set("tools", Nothing.NONE);
        scope.set("documents", Nothing.NONE);
        Callable raise = (places, _) -> {
            throw new IllegalArgumentException("the template refuses this conversation: "
                    + (places.isEmpty() ? "" : evaluator.values().text(places.getFirst())));
        };
        Callable namespace = (_, names) -> new Namespace(new LinkedHashMap<>(names));
        Callable dict = (_, names) -> new LinkedHashMap<Object, Object>(names);
        scope.set("raise_exception", raise);
        scope.set("namespace", namespace);
        scope.set("dict", dict);
        scope.set("range", (Callable) (places, _) -> range(places));
    }

    private List<Object> range(List<Object> places) {
        long start = places.size() > 1 ? Values.integer(places.getFirst()) : 0;
        long stop = Values.integer(places.get(Math.min(1, places.size() - 1)));
        long step = places.size() > 2 ? Values.integer(places.get(2)) : 1;
        if (step == 0) {
            throw new IllegalArgumentException("range needs a step other than 0");
        }
        var numbers = new ArrayList<Object>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            budget.spend(1);
            numbers.add(i);
        }
        return numbers;
    }

    private Flow run(List<Node> nodes, Scope scope) {
        for (var node : nodes) {
            Flow flow;
            try {
                budget.spend(1);
                flow = run(node, scope);
            } catch (TemplateException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new TemplateException(node.line(), String.valueOf(e.getMessage()));
            }
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow run(Node node, Scope scope) {
        switch (node) {
            case Node.Text text -> out.append(budget.paid(text.text()));
            case Node.Output output ->
                out.append(budget.paid(evaluator.values().text(evaluator.of(output.value(), scope))));
            case Node.If ifNode -> {
                return run(branch(ifNode, scope), scope);
            }
            case Node.For loop -> loop(loop, scope);
            case Node.Assign assign -> assign(assign.targets(), evaluator.of(assign.value(), scope), scope);
            case Node.AssignField field -> assignField(field, scope);
            case Node.Capture capture -> scope.set(capture.target(), captured(capture.body(), scope));
            case Node.Generation generation -> generation(generation, scope);
            case Node.Macro macro ->
                scope.set(macro.name(), (Callable) (places, names) -> call(macro, places, names, scope));
            case Node.Break _ -> {
                return Flow.BREAK;
            }
            case Node.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.ON;
    }

    private List<Node> branch(Node.If node, Scope scope) {
        for (var branch : node.branches()) {
            if (Values.truth(evaluator.of(branch.condition(), scope))) {
                return branch.body();
            }
        }
        return node.otherwise();
    }

    private void loop(Node.For loop, Scope scope) {
        var items = evaluator.values().items(evaluator.of(loop.items(), scope));
        if (loop.only().isPresent()) {
            items.removeIf(item -> {
                var inner = scope.inner();
                assign(loop.targets(), item, inner);
                return !Values.truth(evaluator.of(loop.only().get(), inner));
            });
        }
        if (items.isEmpty()) {
            run(loop.body().whenEmpty(), scope.inner());
        }
        for (int i = 0; i < items.size(); i++) {
            var inner = scope.inner();
            assign(loop.targets(), items.get(i), inner);
            inner.set("loop", place(items, i));
            if (run(loop.body().each(), inner) == Flow.BREAK) {
                return;
            }
        }
    }

    private static Map<Object, Object> place(List<Object> items, int i) {
        var loop = new LinkedHashMap<Object, Object>();
        loop.put("index0", (long) i);
        loop.put("index", i + 1L);
        loop.put("revindex0", items.size() - 1L - i);
        loop.put("revindex", (long) items.size() - i);
        loop.put("length", (long) items.size());
        loop.put("first", i == 0);
        loop.put("last", i == items.size() - 1);
        loop.put("previtem", i == 0 ? Nothing.UNDEFINED : items.get(i - 1));
        loop.put("nextitem", i == items.size() - 1 ? Nothing.UNDEFINED : items.get(i + 1));
        return loop;
    }

    private void assign(List<String> targets, Object value, Scope scope) {
        if (targets.size() == 1) {
            scope.set(targets.getFirst(), value);
            return;
        }
        var parts = evaluator.values().items(value);
        if (parts.size() != targets.size()) {
            throw new IllegalArgumentException(
                    "cannot spread " + parts.size() + " value(s) over " + targets.size() + " names");
        }
        for (int i = 0; i < parts.size(); i++) {
            scope.set(targets.get(i), parts.get(i));
        }
    }

    private void assignField(Node.AssignField field, Scope scope) {
        if (!(scope.get(field.namespace()) instanceof Namespace namespace)) {
            throw new IllegalArgumentException("'" + field.namespace() + "' is no namespace, so it cannot be changed");
        }
        namespace.fields().put(field.field(), evaluator.of(field.value(), scope));
    }

    private void generation(Node.Generation generation, Scope scope) {
        int start = out.length();
        run(generation.body(), scope);
        if (!capturing) {
            generations.add(new Rendering.Span(start, out.length()));
        }
    }

    private String captured(List<Node> body, Scope scope) {
        var outside = out;
        boolean wasCapturing = capturing;
        out = new StringBuilder();
        capturing = true;
        try {
            run(body, scope.inner());
            return out.toString();
        } finally {
            out = outside;
            capturing = wasCapturing;
        }
    }

    private Object call(Node.Macro macro, List<Object> places, Map<String, Object> names, Scope defined) {
        var scope = defined.inner();
        for (int i = 0; i < macro.parameters().size(); i++) {
            var parameter = macro.parameters().get(i);
            var given = i < places.size() ? places.get(i) : names.get(parameter.name());
            scope.set(
                    parameter.name(),
                    given != null
                            ? given
                            : parameter
                                    .otherwise()
                                    .map(e -> evaluator.of(e, defined))
                                    .orElse(Nothing.UNDEFINED));
        }
        return captured(macro.body(), scope);
    }
}
