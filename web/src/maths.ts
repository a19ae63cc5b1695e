/** Formulas. A script of its own, after the figures: KaTeX is the largest part of the front. */
import katex from "katex";

function render(one: HTMLElement): void {
  const tex = one.dataset.tex ?? one.textContent ?? "";
  one.dataset.plain ??= one.textContent ?? ""; // without the colours of links
  const put = (text: string) =>
    katex.render(text, one, {
      displayMode: one.tagName === "DIV",
      throwOnError: true,
      output: "htmlAndMathml",
      strict: false,
      trust: ({ command, ...more }) =>
        command === "\\htmlClass" && /^linked t-[1-6]$/.test((more as { class?: string }).class ?? ""),
    });
  try {
    const whole = unbroken(tex);
    put(whole);
    const room = one.parentElement?.clientWidth ?? 0;
    if (whole !== tex && [...one.querySelectorAll<HTMLElement>(".katex-base")].some((b) => b.offsetWidth > room))
      put(tex);
  } catch (error) {
    one.textContent = one.dataset.plain;
    one.classList.add("wrong");
    one.title = String(error);
  }
  if (one.tagName === "DIV") shrink(one);
}

/** Formulas side by side break between one another alone, not after some = or +. */
function unbroken(tex: string): string {
  const parts = tex.split(/\\q?quad\b/);
  const count = (part: string, what: RegExp) => part.match(what)?.length ?? 0;
  const closed = (part: string) =>
    part.split("{").length === part.split("}").length && count(part, /\\left\b/g) === count(part, /\\right\b/g);
  return parts.length > 1 && !/\\begin\b/.test(tex) && parts.every(closed)
    ? parts.map((part) => `{${part.trim()}}`).join("\\quad\\allowbreak ")
    : tex;
}

/** A formula wider than the page scrolls, and then the keyboard must reach it. */
function shrink(one: HTMLElement): void {
  if (one.scrollWidth > one.clientWidth + 1) {
    one.tabIndex = 0;
    one.setAttribute("role", "group");
    one.setAttribute("aria-label", one.dataset.plain ?? "");
  }
}

for (const one of document.querySelectorAll<HTMLElement>(".math")) render(one);
document.addEventListener("wengu:maths", ({ target }) => {
  for (const one of (target as HTMLElement).querySelectorAll<HTMLElement>(".math:not(:has(.katex))")) render(one);
});
document.addEventListener("toggle", opened, true);

/** What was folded has a width now. */
function opened({ target }: Event): void {
  if (target instanceof HTMLDetailsElement && target.open && !target.dataset.seen)
    for (const one of target.querySelectorAll<HTMLElement>(".math")) render(one);
  if (target instanceof HTMLDetailsElement) target.dataset.seen = "";
}
document.documentElement.classList.add("maths-done");
