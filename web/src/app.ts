/** What is done when a page has arrived. */
import { copyButtons } from "./copy";
import { forget } from "./draw/colours";
import { Figure } from "./figure";
import { commands } from "./command";
import { fits } from "./fit";
import { folded } from "./folded";
import { el, icon, isStatic, root, token } from "./html";
import { links } from "./links";
import { onPaper, type OnPaper } from "./paper";
import { questions } from "./questions";
import { startRuns } from "./runs";
import { searchField, searchWindow } from "./search";
import { pill, startAsking } from "./training";
import { say } from "./words";

const figures: OnPaper[] = [];

function start(): void {
  let told = false; // what a copy cannot do, once a page
  for (const one of document.querySelectorAll<HTMLElement>("figure.fig")) {
    try {
      const figure = new Figure(one);
      figures.push(figure);
      if (figure.isLess && !told) one.after(el("p", { class: "ahead" }, say("ahead")));
      told ||= figure.isLess;
    } catch (error) {
      console.error(error); // the others are drawn all the same
    }
  }
  header();
  links();
  copyButtons(document);
  questions();
  folded();
  const offered = [...document.querySelectorAll<HTMLElement>(".fit")];
  commands(offered);
  if (offered.length && !isStatic) figures.push(fits(offered));
  for (const one of document.querySelectorAll<HTMLTableElement>("main table")) scrolled(one);
  const runs = document.querySelector<HTMLElement>("#runs");
  if (runs) figures.push(startRuns(runs));
  onPaper(figures, redraw);
  if (token()) startAsking();
}

// -- the header ---------------------------------------------------------------------------------------------------------

function header(): void {
  const bar = document.querySelector("body > header");
  const cover = document.body.classList.contains("cover");
  let open: () => void;
  if (cover) {
    const { element, input } = searchField();
    const box = document.querySelector("[data-search-box]");
    if (box) box.replaceWith(element);
    else document.querySelector("h1")?.after(element);
    if (matchMedia("(hover: hover)").matches && !location.hash) input.focus({ preventScroll: true });
    open = () => input.focus();
  } else {
    open = searchWindow();
    const button = el("button", { type: "button", class: "open-search", click: open });
    button.innerHTML = icon(LENS);
    button.append(el("span", {}, say("search")), el("kbd", { "aria-hidden": "true" }, "/"));
    bar?.append(button);
  }
  bar?.append(themeButton());
  if (bar && token()) pill(bar);
  const other = bar?.querySelector<HTMLAnchorElement>("a.other");
  const there = other?.href.split("?")[0];
  for (const before of ["pointerdown", "focus"])
    other?.addEventListener(before, () => (other.href = there + location.search + location.hash)); // the same state
  if (!cover) foldContents();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (
      (event.target as Element).closest(
        "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, dialog",
      )
    )
      return;
    event.preventDefault();
    open();
  });
}

/** All figures, by the theme that is now. */
function redraw(): void {
  forget();
  for (const one of figures) one.redraw();
}

const SUN =
  "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10ZM12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1";
const LENS = "M16.5 10.5a6 6 0 1 1-12 0 6 6 0 0 1 12 0ZM15 15l5.5 5.5";
const MOON = "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z";

function themeButton(): HTMLButtonElement {
  const isDark = () => root!.dataset.theme === "dark";
  const button = el("button", { type: "button", class: "theme" });
  const changed = () => {
    button.setAttribute("aria-label", say(isDark() ? "toLight" : "toDark"));
    button.title = say(isDark() ? "toLight" : "toDark");
    button.innerHTML = icon(isDark() ? SUN : MOON);
    redraw();
  };
  button.addEventListener("click", () => {
    root!.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("wengu-theme", root!.dataset.theme);
    } catch {
      // no storage: for this page alone
    }
  });
  new MutationObserver(changed).observe(root!, { attributeFilter: ["data-theme"] });
  changed();
  return button;
}

/** On a phone the contents hide behind a button. */
function foldContents(): void {
  const contents = document.querySelector<HTMLElement>("body > nav");
  const bar = document.querySelector("body > header");
  if (!contents || !bar) return;
  contents.id ||= "contents";
  const button = el(
    "button",
    { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": contents.id },
    say("chapters"),
  );
  button.addEventListener("click", () =>
    button.setAttribute("aria-expanded", String(contents.classList.toggle("open"))),
  );
  bar.prepend(button);
  const here = contents.querySelector<HTMLElement>("[aria-current]");
  if (here && here.offsetTop > contents.clientHeight - 60)
    contents.scrollTop = here.offsetTop - contents.clientHeight / 3;
}

// -- the text -----------------------------------------------------------------------------------------------------------

function scrolled(table: HTMLTableElement): void {
  if (table.closest(".scroll")) return;
  const frame = el("div", {
    class: "scroll",
    tabindex: 0,
    role: "group",
    "aria-label": table.caption?.textContent ?? say("value"),
  });
  table.replaceWith(frame);
  frame.append(table);
}

start();
