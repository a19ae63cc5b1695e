/** Printing: figures are drawn for the paper, black on white, and after that for the window again. */
import { root } from "./html";

export function onPaper(redraw: () => void): void {
  let theme: string | undefined;
  addEventListener("beforeprint", () => {
    theme = root!.dataset.theme;
    root!.dataset.theme = "light";
    root!.classList.add("paper");
    redraw();
  });
  addEventListener("afterprint", () => {
    root!.classList.remove("paper");
    root!.dataset.theme = theme;
    redraw();
  });
}
