/** The command of a training with the settings of the page's figures: {rates.lr} stands for where the reader has that control. */
import type { State } from "./contract";

const PLACE = /\{(1-)?(\w+)\.(\w+)\}/g;

/** The settings now of the figures that a training names. */
export function settings(offered: HTMLElement): Record<string, State> {
  const found: Record<string, State> = {};
  for (const [, , figure] of (offered.dataset.words ?? "").matchAll(PLACE)) {
    const drawn = document.querySelector<HTMLElement>(`figure.fig[data-name="${figure}"]`);
    found[figure] = JSON.parse(drawn?.dataset.state ?? "{}") as State;
  }
  return found;
}

/** The words with these settings, as the server fills them in; what nobody has set stays open. */
export function filled(words: string, states: Record<string, State>): string {
  return words.replace(PLACE, (open: string, less: string | undefined, figure: string, name: string) => {
    const value = states[figure]?.[name];
    if (typeof value !== "number") return value === undefined ? open : String(value);
    return String(Number((less ? 1 - value : value).toPrecision(6)));
  });
}

/** Every training shows what the figures are set to. */
export function commands(every: HTMLElement[]): void {
  const write = () => {
    for (const one of every) {
      const words = one.dataset.words ?? "";
      const text = `wengu fit ${filled(words, settings(one))}`;
      const code = one.querySelector("code");
      if (code && /\{/.test(words) && !/\{/.test(text) && code.textContent !== text) code.textContent = text;
    }
  };
  document.addEventListener("wengu:state", write);
  write();
}
