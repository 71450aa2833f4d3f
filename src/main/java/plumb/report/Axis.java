package plumb.report;

import java.util.stream.DoubleStream;

/** One direction of a plot: values from {@code low} to {@code high} lie between two pixel positions. */
record Axis(double low, double high, double from, double to) {

    /** Where a value lies; outside values are drawn at the edge. */
    double at(double value) {
        return from + (to - from) * (Math.clamp(value, low, high) - low) / (high - low);
    }

    /** About five round values between the ends. */
    double[] ticks() {
        double rough = (high - low) / 5;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = DoubleStream.of(1, 2, 2.5, 5, 10)
                        .filter(factor -> factor * power >= rough * 0.999)
                        .findFirst()
                        .orElse(10)
                * power;
        return DoubleStream.iterate(
                        Math.ceil(low / step - 1e-9) * step + 0.0, tick -> tick <= high + 1e-9, tick -> tick + step)
                .toArray();
    }
}
