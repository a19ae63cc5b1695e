/** What an axis must hold where the figure does not say. */
import type { Axis, Panel } from "../types";

/** The domain of an axis; above 0 where it is logarithmic. */
export function domainOf(panel: Panel, by: "x" | "y"): [number, number] {
  const axis = panel[by];
  const domain = axis.domain ?? extent(panel, by);
  if (!axis.log || Math.min(...domain) > 0) return domain;
  const [low, high] = extent(panel, by);
  const top = Math.max(...domain) > 0 ? Math.max(...domain) : high;
  return [Math.min(low, top / 10), top];
}

function extent(panel: Panel, by: "x" | "y"): [number, number] {
  const axis: Axis = panel[by];
  let low = Infinity;
  let high = -Infinity;
  const see = (v: unknown) => {
    if (typeof v !== "number" || (axis.log && v <= 0)) return;
    if (v < low) low = v;
    if (v > high) high = v;
  };
  let zero = false;
  let tight = false;
  let loose = by === "y";
  for (const m of panel.marks) {
    switch (m.mark) {
      case "line":
        m[by].forEach(see);
        break;
      case "dots":
        m[by].forEach(see);
        loose = true;
        break;
      case "bars":
        if (by === "y") {
          m.y.forEach(see);
          zero = true;
        }
        break;
      case "histogram":
        if (by === "x") m.edges.forEach(see);
        else {
          m.counts.forEach(see);
          zero = true;
        }
        break;
      case "band":
        if (by === "x") m.x.forEach(see);
        else {
          m.low.forEach(see);
          m.high.forEach(see);
        }
        break;
      case "field":
        m[by].forEach(see);
        tight = true;
        break;
      case "rule":
        see(m[by]);
        break;
      case "note":
        see(m[by]);
        break;
      case "arrows":
        m[by].forEach((v, i) => {
          see(v);
          const d = (by === "x" ? m.dx : m.dy)[i];
          if (v !== null && d !== null) see(v + d);
        });
        loose = true;
    }
  }
  if (low > high) return axis.log ? [0.1, 1] : [0, 1];
  if (zero && !axis.log) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (low === high)
    return axis.log ? [low / 2, low * 2] : [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  if (tight || !loose) return [low, high];
  if (axis.log) return [low / (high / low) ** 0.04, high * (high / low) ** 0.04];
  const pad = (high - low) * 0.05;
  return [zero && low === 0 ? 0 : low - pad, zero && high === 0 ? 0 : high + pad * (zero ? 1.6 : 1)];
}
