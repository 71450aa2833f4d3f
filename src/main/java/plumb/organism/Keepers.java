package plumb.organism;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A small world of facts: who keeps which place. Pretraining assigns keepers anew in every document, so a model knows how
 * such facts are told and asked but holds none of them, until a task teaches it some.
 */
public final class Keepers {
    private static final List<String> COLOURS =
            List.of("red", "blue", "green", "white", "black", "grey", "golden", "brown");
    private static final List<String> THINGS =
            List.of("bridge", "tower", "mill", "gate", "lighthouse", "barn", "inn", "well", "chapel", "windmill");
    private static final List<String> NAMES = List.of(
            "Otto", "Anna", "Bruno", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Karla", "Leo",
            "Mia", "Nils", "Olga", "Paul", "Rosa", "Simon", "Tilda");

    /** How the facts are asked in training texts. */
    public static final List<String> TRAINING_QUESTIONS = List.of(
            "Who keeps the {p}?",
            "Who is the keeper of the {p}?",
            "Tell me who keeps the {p}.",
            "The {p} is kept by whom?");

    /** How they are asked when settings are chosen. */
    public static final List<String> TUNING_QUESTIONS = List.of("Please tell me who keeps the {p}.");

    /** How they are asked when results are reported. */
    public static final List<String> REPORT_QUESTIONS =
            List.of("What is the name of the keeper of the {p}?", "hey, who keeps the {p}?");

    /** One fact. */
    public record Fact(String place, String keeper) {
        public String question(String pattern) {
            return World.fill(pattern, "p", place);
        }

        public String answer() {
            return "The " + place + " is kept by " + keeper + ".";
        }
    }

    private Keepers() {}

    /** Distinct places with a keeper each. */
    public static List<Fact> draw(int count, RandomGenerator random) {
        var pick = new Pick(random);
        var places = new ArrayList<String>();
        while (places.size() < count) {
            var place = pick.<String>one(COLOURS) + " " + pick.<String>one(THINGS);
            if (!places.contains(place)) {
                places.add(place);
            }
        }
        return places.stream().map(p -> new Fact(p, pick.one(NAMES))).toList();
    }
}
