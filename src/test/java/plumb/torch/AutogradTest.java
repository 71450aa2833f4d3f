package plumb.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class AutogradTest {

    @Test
    void aPauseEndsWhenItIsClosedAlsoInsideAScope() {
        try (var _ = new Scope()) {
            assertThat(Autograd.records()).isTrue();
            try (var _ = Autograd.pause()) {
                assertThat(Autograd.records()).isFalse();
                try (var _ = Autograd.pause()) {
                    assertThat(Autograd.records()).isFalse();
                }
                assertThat(Autograd.records()).isFalse();
            }
            assertThat(Autograd.records()).isTrue();
        }
    }
}
