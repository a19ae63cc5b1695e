/** What means the same in formula, figure and code (pages/links.py) lights up together: under the mouse, with the focus,
 *  or after a tap until the next one. The tone of it stands in `data-lit` of <main>, the rest is in the sheet. */

const FIGURE = "figure.fig[data-linked]";
let held: string | null = null; // by a tap

export function links(): void {
  const main = document.querySelector<HTMLElement>("main");
  const figures = [...document.querySelectorAll<HTMLElement>(FIGURE)];
  if (!main || !figures.length) return;
  for (const figure of figures) {
    for (const [name, tone] of Object.entries(JSON.parse(figure.dataset.controls ?? "{}") as Record<string, string>))
      figure.querySelector(`[data-name="${name}"]`)?.closest(".control, .player")?.classList.add("linked", `t-${tone}`);
    keys(figure.querySelector<HTMLElement>(".links .keys")!);
  }
  const light = (tone: string | null) => {
    if (tone) main.dataset.lit = tone;
    else delete main.dataset.lit;
    for (const one of figures)
      one.classList.toggle("dimmed", means(one, tone) && !!one.querySelector(`.panels svg .t-${tone}`));
    for (const one of main.querySelectorAll(".links [aria-pressed]"))
      one.setAttribute("aria-pressed", String(toneOf(one) === held));
  };
  const hold = (tone: string | null) => {
    held = held === tone ? null : tone;
    light(held);
  };
  for (const kind of ["pointerover", "pointermove", "focusin", "keyup"])
    main.addEventListener(kind, ({ target }) => light(toneOf(target as Element) ?? focused() ?? held));
  main.addEventListener("pointerleave", () => light(focused() ?? held));
  main.addEventListener("focusout", () => light(held));
  main.addEventListener("click", ({ target }) => {
    const linked = (target as Element).closest(".linked");
    if (!linked) hold(null);
    else if (!linked.matches(".control, .player")) hold(toneOf(linked));
  });
  main.addEventListener("keydown", (event) => {
    const key = (event.target as Element).closest(".links .linked");
    if (event.key === "Escape" && held) hold(null);
    if (!key || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    hold(toneOf(key));
  });
}

/** Where the keyboard is, a mouse at rest elsewhere changes nothing. */
function focused(): string | null {
  const at = document.activeElement;
  return at?.matches(":focus-visible") ? toneOf(at) : null;
}

/** What is meant by a place of the page: the colour it shares, or what a figure's readout tells of. */
function toneOf(target: Element): string | null {
  const linked = target.closest(".linked");
  if (linked) return /\bt-(\d)/.exec(linked.getAttribute("class") ?? "")![1];
  const figure = target.closest<HTMLElement>(FIGURE);
  const told = target.closest(".panel")?.querySelector(".readout:not([hidden]) b") ?? target.closest("[class*='t-']");
  const tone = /\bt-(\d)/.exec(told?.getAttribute("class") ?? "")?.[1];
  return tone && figure && means(figure, tone) ? tone : null;
}

function means(figure: HTMLElement, tone: string | null): boolean {
  return !!tone && figure.dataset.linked!.split(" ").includes(tone);
}

/** One stop of the tabulator for all symbols of a figure: the arrows go from one to the next. */
function keys(list: HTMLElement): void {
  const each = [...list.children] as HTMLElement[];
  list.setAttribute("role", "toolbar");
  each.forEach((one, i) => {
    one.setAttribute("role", "button");
    one.setAttribute("aria-pressed", "false");
    one.tabIndex = i ? -1 : 0;
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = each.indexOf(event.target as HTMLElement);
    if (!by || at < 0) return;
    event.preventDefault();
    const next = each[(at + by + each.length) % each.length];
    for (const one of each) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });
}
