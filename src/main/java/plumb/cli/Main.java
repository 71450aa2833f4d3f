package plumb.cli;

/** Entry point of the {@code plumb} command. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.out.println("plumb");
    }
}
