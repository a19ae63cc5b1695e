/** A picture of 28 by 28 cells, ink or none: as letters for the address (pages/drawing.py), as a path, and under a pen. */
export const SIDE = 28;
const LETTERS = 131; // of six bits, as base64url has them

const PEN = 1.2; // cells from its middle to its rim

export type Ink = Uint8Array; // row by row

export function blank(): Ink {
  return new Uint8Array(SIDE * SIDE);
}

export function packed(ink: Ink): string {
  let bytes = "";
  for (let k = 0; k < ink.length; k += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte = 2 * byte + ink[k + bit];
    bytes += String.fromCharCode(byte);
  }
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** null for letters that are no picture. */
export function unpacked(letters: string): Ink | null {
  if (letters.length !== LETTERS || !/^[\w-]+$/.test(letters)) return null;
  const bytes = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
  const ink = blank().map((_, k) => (bytes.charCodeAt(k >> 3) >> (7 - (k & 7))) & 1);
  return packed(ink) === letters ? ink : null;
}

/** With a stroke of the pen from one place to another, in cells. */
export function stroke(ink: Ink, from: [number, number], to: [number, number]): Ink {
  const made = ink.slice();
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const long = dx * dx + dy * dy;
  for (let k = 0; k < made.length; k++) {
    const [x, y] = [(k % SIDE) + 0.5 - from[0], Math.floor(k / SIDE) + 0.5 - from[1]];
    const t = long ? Math.min(Math.max((x * dx + y * dy) / long, 0), 1) : 0;
    if (Math.hypot(x - t * dx, y - t * dy) < PEN) made[k] = 1;
  }
  return made;
}

/** The inked cells, a bar for each run of them. */
export function path(ink: Ink): string {
  let d = "";
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const from = x;
      while (x < SIDE && ink[y * SIDE + x]) x++;
      if (x > from) d += `M${from} ${y}h${x - from}v1h${from - x}z`;
    }
  return d;
}
