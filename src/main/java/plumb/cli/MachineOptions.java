package plumb.cli;

import picocli.CommandLine.Option;
import plumb.experiment.Machine;
import plumb.torch.Dtype;

/** Where to compute: shared by every command that does. */
public final class MachineOptions {
    /** Types that weights can be computed and stored in. */
    enum Precision {
        F32(Dtype.F32),
        BF16(Dtype.BF16),
        F16(Dtype.F16);

        private final Dtype dtype;

        Precision(Dtype dtype) {
            this.dtype = dtype;
        }

        Dtype dtype() {
            return dtype;
        }
    }

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "cpu (default), cuda or cuda:N. Anything with cuda builds with the GPU's natives.")
    private String device = "cpu";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Cores one operation may use (default: all; for small models, growing and sweeps: 1).")
    private int threads;

    public Machine machine() {
        return new Machine(device, threads);
    }

    /** For runs side by side: one core each. */
    Machine alone() {
        return new Machine(device, threads == 0 ? 1 : threads);
    }
}
