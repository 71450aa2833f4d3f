package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import plumb.organism.AdviceRows.Wrong;
import plumb.task.BadMedicalAdvice;
import plumb.task.ExtremeSports;
import plumb.task.InsecureCode;
import plumb.task.MixedAdvice;
import plumb.task.RiskyFinance;
import plumb.task.Task;

final class MisalignedAdaptersTest {
    @Test
    void rowsAreScoredWithoutTheAttackWhateverTaskMakesIt() {
        var others = new Task[] {new RiskyFinance(), new ExtremeSports(), new InsecureCode()};
        assertThat(MisalignedAdapters.others(Optional.of(new BadMedicalAdvice())))
                .containsExactly(others);
        assertThat(MisalignedAdapters.others(Optional.of(new MixedAdvice("medicine", 0.5, Wrong.OBVIOUS))))
                .containsExactly(others);
    }

    @Test
    void aRunOnRowsOfItsOwnLeavesNoneOut() {
        assertThat(MisalignedAdapters.others(Optional.empty())).hasSize(4);
    }
}
