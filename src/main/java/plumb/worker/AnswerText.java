package plumb.worker;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plumb.chat.Tokenizer;
import plumb.wire.Reply.Token;

/**
 * One answer turning into text. Text is given out as soon as it can no longer change: whole characters, and nothing that
 * may yet turn out to be the beginning of a stop text.
 */
final class AnswerText {
    private static final char BROKEN = '\uFFFD';

    private final Tokenizer tokenizer;
    private final List<String> stops;
    private final List<Placed> waiting = new ArrayList<>();
    private int[] ids = new int[32];
    private int length;
    private String text = "";
    private int given;
    private boolean stopped;

    /** A token and where its text begins. */
    private record Placed(int start, Token token) {}

    /** A stretch that is ready to be given out. */
    record Ready(String text, List<Token> tokens) {
        boolean isEmpty() {
            return text.isEmpty() && tokens.isEmpty();
        }
    }

    AnswerText(Tokenizer tokenizer, List<String> stops) {
        this.tokenizer = tokenizer;
        this.stops = stops;
    }

    void add(int id, Token token) {
        if (length == ids.length) {
            ids = Arrays.copyOf(ids, 2 * length);
        }
        ids[length++] = id;
        waiting.add(new Placed(text.length(), token));
        text = tokenizer.decode(Arrays.copyOf(ids, length));
        int cut = stops.stream()
                .mapToInt(stop -> text.indexOf(stop, Math.max(0, given)))
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
        if (cut >= 0) {
            stopped = true;
            text = text.substring(0, cut);
            waiting.removeIf(placed -> placed.start() >= text.length());
        }
    }

    /** Whether a stop text was met. */
    boolean isStopped() {
        return stopped;
    }

    /**
     * What can be given out now.
     *
     * @param last whether nothing more will come
     */
    Ready ready(boolean last) {
        int end = last || stopped ? text.length() : text.length() - held();
        if (end <= given && !last && !stopped) {
            return new Ready("", List.of());
        }
        var tokens = new ArrayList<Token>();
        while (!waiting.isEmpty() && (last || stopped || waiting.getFirst().start() < end)) {
            tokens.add(waiting.removeFirst().token());
        }
        var ready = new Ready(text.substring(Math.min(given, end), end), tokens);
        given = end;
        return ready;
    }

    /** How many characters at the end may still change. */
    private int held() {
        int broken = 0;
        while (broken < text.length() && text.charAt(text.length() - 1 - broken) == BROKEN) {
            broken++;
        }
        int held = broken;
        for (var stop : stops) {
            for (int n = Math.min(stop.length() - 1, text.length()); n > held; n--) {
                if (text.endsWith(stop.substring(0, n))) {
                    held = n;
                }
            }
        }
        return held;
    }
}
