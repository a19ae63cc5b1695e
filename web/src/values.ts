/** A control's value in words: on the button that opens it on a phone, and where it is fixed in a copy. */
import type { Control, Num, Pair, Point, Value } from "./contract";
import { format } from "./format";
import { say } from "./words";

const numbers = (some: Num[]) => some.map((v) => (v === null ? "–" : format(v)));

export function inWords(control: Control, value: Value): string {
  switch (control.type) {
    case "choice":
      return control.labels[control.options.indexOf(String(value))] || String(value);
    case "toggle":
      return say(value ? "on" : "off");
    case "numbers":
      return numbers(value as Num[])
        .map((told, i) => `${control.names[i]} ${told}`.trim())
        .join(say("and"));
    case "point":
      return `(${numbers(value as Pair).join(", ")})`;
    case "points":
      return say("nPoints", { n: (value as Point[]).length });
    case "drawing":
      return control.examples[Number(value)] ? String(value) : say("ownDrawing");
    default:
      return format(Number(value));
  }
}
