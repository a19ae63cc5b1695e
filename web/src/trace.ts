/** What of a long curve is drawn: of the points on one column of pixels the least and the greatest, in their order. */
import type { Scale } from "./draw/scale";

/** Points of a curve; it may grow, and what was seen of it is not looked at again. */
export class Curve {
  least = Infinity;
  leastAbove0 = Infinity;
  most = -Infinity;
  private seen = 0;
  private kept = "";
  private columns: number[] = [];
  private values: number[] = [];

  constructor(
    readonly x: number[], // ascending
    readonly y: number[],
  ) {}

  /** The extent of y, of which a logarithm is to be taken or not. */
  range(log: boolean): [number, number] {
    for (; this.seen < this.y.length; this.seen++) {
      const y = this.y[this.seen];
      if (y < this.least) this.least = y;
      if (y > this.most) this.most = y;
      if (y > 0 && y < this.leastAbove0) this.leastAbove0 = y;
    }
    return log ? [this.leastAbove0, this.most] : [this.least, this.most];
  }

  /** A line; the columns are found again only where the curve or the scale of x is another. */
  trace(pen: CanvasRenderingContext2D, x: Scale, y: Scale, dense: number): void {
    const positive = y.log && this.range(true)[0] > this.least;
    const key = [this.x.length, x.domain, x.range, dense, positive].join();
    if (key !== this.kept) {
      this.kept = key;
      this.find(x, dense, positive);
    }
    pen.beginPath();
    this.columns.forEach((at, i) => pen.lineTo(at, y(this.values[i])));
    pen.stroke();
  }

  private find(x: Scale, dense: number, positive: boolean): void {
    const [columns, values]: number[][] = [[], []];
    let [column, least, most] = [NaN, -1, -1];
    const put = () => {
      const [first, last] = least < most ? [least, most] : [most, least];
      if (first >= 0) values.push(this.y[first]);
      if (last > first) values.push(this.y[last]);
      while (columns.length < values.length) columns.push(column / dense);
    };
    for (let i = 0; i < this.x.length; i++) {
      if (positive && this.y[i] <= 0) continue;
      const at = Math.round(x(this.x[i]) * dense);
      if (at !== column) {
        put();
        column = at;
        least = most = i;
      } else if (this.y[i] < this.y[least]) least = i;
      else if (this.y[i] > this.y[most]) most = i;
    }
    put();
    [this.columns, this.values] = [columns, values];
  }
}
