package plumb.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class CrewTest {
    @Test
    void every_part_of_many_pieces_is_done_once_before_the_next_piece_begins() {
        try (var crew = Crew.of(3)) {
            var times = new int[64]; // not atomic: what one piece wrote, the next one must see
            for (int piece = 0; piece < 20_000; piece++) {
                crew.each(1 + piece % 64, (_, part) -> times[part]++);
            }
            int[] expected = new int[64];
            for (int piece = 0; piece < 20_000; piece++) {
                for (int part = 0; part < 1 + piece % 64; part++) {
                    expected[part]++;
                }
            }
            assertThat(times).isEqualTo(expected);
        }
    }

    @Test
    void members_work_at_the_same_time_and_each_on_one_part() throws InterruptedException {
        try (var crew = Crew.of(3)) {
            Thread.sleep(50); // they are asleep by now
            var all = new CountDownLatch(3);
            Set<Integer> members = ConcurrentHashMap.newKeySet();
            crew.each(3, (member, _) -> {
                members.add(member);
                all.countDown();
                await(all); // nobody goes on before all three are at work
            });
            assertThat(members).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void what_a_part_throws_is_thrown_where_the_work_is_when_the_others_are_done() {
        try (var crew = Crew.of(2)) {
            var done = new AtomicInteger();
            assertThatThrownBy(() -> crew.each(50, (_, part) -> {
                        done.incrementAndGet();
                        if (part == 17) {
                            throw new IllegalStateException("part 17");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("part 17");
            assertThat(done).hasValue(50);
            int[] again = new int[50];
            crew.each(50, (_, part) -> again[part] = 1);
            assertThat(Arrays.stream(again).sum()).isEqualTo(50);
        }
    }

    @Test
    void one_alone_does_the_parts_in_order() {
        var seen = new StringBuilder();
        Crew.alone().each(4, (member, part) -> seen.append(member).append(part).append(' '));
        assertThat(seen).hasToString("00 01 02 03 ");
    }

    @Test
    void threads_end_when_they_are_sent_home() throws InterruptedException {
        try (var crew = Crew.of(4)) {
            crew.each(8, (_, _) -> {});
            assertThat(members()).isGreaterThanOrEqualTo(3);
        }
        for (int i = 0; i < 200 && members() > 0; i++) {
            Thread.sleep(20);
        }
        assertThat(members()).isZero();
    }

    private static long members() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("crew-"))
                .count();
    }
}
