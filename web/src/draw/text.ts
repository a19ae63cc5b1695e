/** How wide words are, without asking the page to lay itself out. */

export const SIZE = 12;
const known = new Map<string, number>();
let pen: CanvasRenderingContext2D | null | undefined;

export function widthOf(text: string, size = SIZE): number {
  let width = known.get(text);
  if (width === undefined) {
    if (pen === undefined) pen = prepare();
    width = pen ? pen.measureText(text).width / 100 : guessed(text);
    if (known.size > 5000) known.clear();
    known.set(text, width);
  }
  return width * size;
}

function prepare(): CanvasRenderingContext2D | null {
  if (typeof document === "undefined") return null;
  const made = document.createElement("canvas").getContext("2d");
  if (made)
    made.font = `100px ${getComputedStyle(document.documentElement).getPropertyValue("--sans") || "sans-serif"}`;
  return made;
}

function guessed(text: string): number {
  let sum = 0;
  for (const one of text) sum += one >= "⺀" ? 1 : 0.56;
  return sum;
}

/** Cut with an ellipsis to fit. */
export function fit(text: string, most: number, size = SIZE): string {
  if (widthOf(text, size) <= most) return text;
  const letters = [...text];
  while (letters.length > 1 && widthOf(letters.join("") + "…", size) > most) letters.pop();
  return letters.join("") + "…";
}
