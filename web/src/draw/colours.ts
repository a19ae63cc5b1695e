/** Colours of fields and cells, read from the sheet so that they follow the theme. */

export type RGB = [number, number, number];
type Ramp = (t: number) => RGB;

interface Palette {
  heat: Ramp;
  level: Ramp; // paler, for what lies beneath paths and points
  diverging: Ramp;
  divergingLevel: Ramp;
  sheet: RGB;
  tones: RGB[]; // of classes
}

let palette: Palette | null = null;

/** After the theme has changed. */
export function forget(): void {
  palette = null;
}

export function colours(): Palette {
  if (palette) return palette;
  const style = getComputedStyle(document.documentElement);
  const ramp = (name: string): Ramp => {
    const stops = style.getPropertyValue(name).trim().split(/\s+/).map(parsed);
    return (t) => {
      const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
      const i = Math.min(Math.floor(at), stops.length - 2);
      const [a, b, f] = [stops[i], stops[i + 1], at - i];
      return [0, 1, 2].map((k) => Math.round(a[k] + (b[k] - a[k]) * f)) as RGB;
    };
  };
  palette = {
    heat: ramp("--heat"),
    level: ramp("--level"),
    diverging: ramp("--diverging"),
    divergingLevel: ramp("--diverging-level"),
    sheet: parsed(style.getPropertyValue("--sheet").trim()),
    tones: ["--t1", "--t2", "--t3", "--t4", "--t5", "--t6"].map((name) => parsed(style.getPropertyValue(name).trim())),
  };
  return palette;
}

function parsed(hex: string): RGB {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as RGB;
}

export function css([r, g, b]: RGB): string {
  return `rgb(${r} ${g} ${b})`;
}

/** Black or white, whichever reads better on it. */
export function inkOn([r, g, b]: RGB): string {
  const linear = (c: number) => (c <= 10 ? c / 3294 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  return light > 0.179 ? "#111" : "#fff";
}

/** Where a value stands between 0 and 1; 0 in the middle where `diverging`, by logarithms where `log`. */
export function place(low: number, high: number, diverging: boolean, log: boolean): (value: number) => number {
  if (diverging) {
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return (v) => 0.5 + v / most / 2;
  }
  if (log && high > 0) {
    const a = Math.log(Math.max(low, high * 1e-12));
    const span = Math.log(high) - a || 1;
    return (v) => (Math.log(Math.max(v, 1e-300)) - a) / span;
  }
  return (v) => (high > low ? (v - low) / (high - low) : 0.5);
}
