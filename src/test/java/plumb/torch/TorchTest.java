package plumb.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.openblas.global.openblas_nolapack;
import org.junit.jupiter.api.Test;

final class TorchTest {

    @Test
    void theMatrixLibraryHasNoMoreThreadsThanOperationsHave() {
        int before = Torch.threads();
        try {
            Torch.setThreads(1);
            assertThat(Torch.threads()).isEqualTo(1);
            assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(1);
        } finally {
            Torch.setThreads(before);
        }
    }
}
