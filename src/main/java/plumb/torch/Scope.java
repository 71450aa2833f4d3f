package plumb.torch;

import org.bytedeco.javacpp.Pointer;
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

    /** Whether a scope is open on this thread. */
    public static boolean isOpen() {
        return PointerScope.getInnerScope() != null;
    }

    /** Runs something when the innermost scope of this thread closes. */
    public static void atEnd(Runnable run) {
        if (!isOpen()) {
            throw new IllegalStateException("there is no scope that could end");
        }
        new End(run);
    }

    /** A pointer to nothing, which a scope lets go of like any other. */
    private static final class End extends Pointer {
        private End(Runnable run) {
            deallocator(run::run);
        }
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
