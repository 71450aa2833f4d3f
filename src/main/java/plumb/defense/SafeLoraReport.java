package plumb.defense;

import java.util.List;

/**
 * What SafeLoRA measured on each module, and which it changed.
 *
 * @param modules in model order
 * @param closeness mean of 1 / (1 + ‖B − CB‖) over the modules as they were left; the authors call above 0.8 better
 */
public record SafeLoraReport(List<Module> modules, double closeness) implements DefenseReport {
    /**
     * One adapted projection.
     *
     * @param cosine between CBA and BA; 1 for a module that learned nothing
     * @param ratio ‖CB‖ / ‖B‖: how much the "projection" also rescales
     * @param projected whether B became CB
     */
    public record Module(String module, double cosine, double ratio, boolean projected) {}

    public SafeLoraReport {
        modules = List.copyOf(modules);
    }
}
