// The frame of a plot: two axes with round ticks, in the report page's style.
import { s } from "./dom.js";

/** One direction: values from low to high lie between two positions; what is outside is drawn at the edge. */
export class Axis {
  constructor(low, high, from, to) {
    Object.assign(this, { low, high, from, to });
  }

  at(value) {
    const inside = Math.min(Math.max(value, this.low), this.high);
    return this.from + ((this.to - this.from) * (inside - this.low)) / (this.high - this.low);
  }

  /** The value at a position. */
  value(position) {
    return this.low + ((position - this.from) / (this.to - this.from)) * (this.high - this.low);
  }

  /** About five round values between the ends. */
  ticks() {
    const rough = (this.high - this.low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
    const ticks = [];
    for (let tick = Math.ceil(this.low / step - 1e-9); tick * step <= this.high + 1e-9; tick++) ticks.push(tick * step);
    return ticks;
  }
}

export const SIZE = { width: 560, height: 280, left: 52, right: 14, top: 16, bottom: 44 };

/** Axes that fill a plot. */
export function axes(x, y, { width, height, left, right, top, bottom } = SIZE) {
  return [new Axis(...x, left, width - right), new Axis(...y, height - bottom, top)];
}

/** Grid, ticks and the names of the directions. */
export function frame(x, y, { across, up, xTick, yTick }) {
  const middle = (x.from + x.to) / 2;
  return [
    y.ticks().map((tick) => [
      s("line.grid", { x1: x.from, x2: x.to, y1: y.at(tick), y2: y.at(tick) }),
      s("text.tick.end", { x: x.from - 8, y: y.at(tick) + 4 }, yTick(tick)),
    ]),
    x.ticks().map((tick) => s("text.tick.middle", { x: x.at(tick), y: y.from + 19 }, xTick(tick))),
    s("text.axis.middle", { x: middle, y: y.from + 38 }, across),
    up ? s("text.axis.middle", { transform: `rotate(-90 13 ${(y.from + y.to) / 2})`, x: 13, y: (y.from + y.to) / 2 }, up) : null,
  ].flat(2);
}

export function line(style, points) {
  return s(`polyline.${style}`, { points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") });
}

/** Marks that differ in more than their colour. */
export function mark(style, index, x, y, size = 5) {
  return index === 0
    ? s(`circle.point.${style}`, { cx: x, cy: y, r: size })
    : s(`rect.point.${style}`, { x: x - size, y: y - size, width: 2 * size, height: 2 * size, transform: `rotate(45 ${x} ${y})` });
}
