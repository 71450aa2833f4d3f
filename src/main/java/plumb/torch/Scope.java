package plumb.torch;

import org.bytedeco.javacpp.PointerScope;

/**
 * Native memory dies with its scope: every tensor made on this thread inside a scope is freed when the scope closes,
 * unless it was moved out with {@link #keep} or held with {@link Tensor#hold}. Scopes nest, and belong to one thread.
 */
public final class Scope implements AutoCloseable {
    private final PointerScope pointers = new PointerScope();

    /** Moves a tensor to the scope around this one (or to nobody, if there is none), so that it outlives this scope. */
    public Tensor keep(Tensor tensor) {
        tensor.hold();
        var outer = outer();
        if (outer != null) {
            outer.attach(tensor.pointer());
            tensor.release();
        }
        return tensor;
    }

    private @org.jspecify.annotations.Nullable PointerScope outer() {
        boolean found = false;
        for (var scopes = PointerScope.getScopeIterator(); scopes != null && scopes.hasNext(); ) {
            var scope = scopes.next();
            if (found) {
                return scope;
            }
            found = scope == pointers;
        }
        return null;
    }

    @Override
    public void close() {
        pointers.close();
    }
}
