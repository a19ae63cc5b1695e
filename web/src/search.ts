/** Search as one types: a field with a list below it, on the cover and in a window on every other page. */
import MiniSearch, { type SearchResult } from "minisearch";
import { safe } from "./format";
import { el, root } from "./html";
import { indexed, queried } from "./tokens";
import type { Entry } from "./types";
import { say } from "./words";

const MOST = 8;

export class Index {
  private readonly mini: MiniSearch;
  private readonly entries: Map<string, Entry>;

  constructor(entries: Entry[]) {
    this.entries = new Map(entries.map((one) => [one.path, one]));
    this.mini = new MiniSearch({
      idField: "path",
      fields: ["title", "words", "rows", "brief", "text"],
      tokenize: indexed,
      processTerm: (term) => term,
      extractField: (one, name) => {
        const value = one[name] as string | string[];
        return Array.isArray(value) ? value.join(" ; ") : value;
      },
      searchOptions: {
        tokenize: queried,
        boost: { title: 6, words: 5, rows: 4, brief: 2 },
        boostDocument: (path) => weight(String(path)),
        prefix: true,
        fuzzy: (term) => (term.length > 4 && /^[a-z]/.test(term) ? 0.2 : false),
        combineWith: "AND",
      },
    });
    this.mini.addAll(entries);
  }

  find(query: string): Entry[] {
    let hits: SearchResult[] = this.mini.search(query);
    if (!hits.length) hits = this.mini.search(query, { combineWith: "OR" });
    return hits.slice(0, MOST).map((hit) => this.entries.get(hit.id as string)!);
  }
}

/** What tells of an idea comes first, then what asks of it, then the code's names. */
const weight = (path: string) =>
  path.startsWith("api/") ? 0.2 : path.startsWith("#") ? 0.3 : path.includes("#q-") ? 0.35 : 1;

let loading: Promise<Index> | null = null;

function index(): Promise<Index> {
  loading ??= fetch(root?.dataset.search ?? "")
    .then((reply) => reply.json() as Promise<Entry[]>)
    .then((entries) => new Index(entries))
    .catch((error) => {
      loading = null;
      throw error;
    });
  return loading;
}

/** Where a page is: the contents know it, in the export too. What has no page yet is named on the cover. */
function address(path: string): string {
  if (path.startsWith("#")) return document.querySelector<HTMLAnchorElement>("header .home")!.href + path;
  const [page, name] = path.split("#");
  for (const link of document.querySelectorAll<HTMLAnchorElement>("nav a[href]")) {
    const at = link.pathname.replace(/(\/index)?\.html$|\/$/, "");
    if (at.endsWith(`/${page}`)) return name ? `${link.href}#${name}` : link.href;
  }
  return `/${root?.dataset.lang ?? "en"}/${path}`;
}

let fields = 0;

/** The field with its list; `close` is called where Escape finds the field empty. */
export function searchField(close?: () => void): { element: HTMLElement; input: HTMLInputElement } {
  const id = `search-${++fields}`;
  const input = el("input", {
    id,
    type: "search",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "go",
    "aria-expanded": "false",
    "aria-controls": `${id}-list`,
    "aria-autocomplete": "list",
    placeholder: say("searchHint"),
  });
  const list = el("ul", { id: `${id}-list`, role: "listbox", "aria-label": say("search"), hidden: true });
  const told = el("p", { class: "told", role: "status" });
  let hits: Entry[] = [];
  let at = 0;
  let typed = Promise.resolve();

  const mark = () => {
    [...list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
    if (hits.length) input.setAttribute("aria-activedescendant", `${id}-${at}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const show = (query: string) => {
    at = 0;
    list.innerHTML = hits
      .map(
        (one, i) =>
          `<li role="option" id="${id}-${i}" data-path="${safe(one.path)}"><b>${safe(one.title)}</b> <span>${safe(one.brief)}</span></li>`,
      )
      .join("");
    list.hidden = !hits.length;
    input.setAttribute("aria-expanded", String(!!hits.length));
    told.textContent = query && !hits.length ? say("noHits") : "";
    mark();
  };
  const look = async () => {
    const found = await index();
    const query = input.value.trim();
    hits = query ? found.find(query) : [];
    show(query);
  };
  const go = (entry?: Entry) => {
    if (!entry) return;
    close?.(); // it may lead to this very page
    location.href = address(entry.path);
  };
  input.addEventListener("focus", () => void index().catch(() => undefined), { once: true });
  input.addEventListener("input", () => (typed = look().catch(() => void (told.textContent = say("lost")))));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter ends a Chinese word first
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (hits.length) at = (at + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length;
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      void typed.then(() => go(hits[at]));
    } else if (event.key === "Escape") {
      if (!input.value) close?.();
      input.value = "";
      hits = [];
      show("");
    }
  });
  list.addEventListener("click", (event) => {
    const path = (event.target as Element).closest("li")?.dataset.path;
    go(hits.find((one) => one.path === path));
  });
  const element = el(
    "div",
    { class: "search", role: "search" },
    el("label", { for: id }, say("searchFor")),
    input,
    list,
    told,
  );
  return { element, input };
}

/** The window over a page. */
export function searchWindow(): () => void {
  let made: { window: HTMLDialogElement; input: HTMLInputElement } | null = null;
  return () => {
    if (!made) {
      const window = el("dialog", { class: "search-window", "aria-label": say("search") });
      const { element, input } = searchField(() => window.close());
      window.append(element);
      window.addEventListener("click", (event) => event.target === window && window.close());
      document.body.append(window);
      made = { window, input };
    }
    made.window.showModal();
    made.input.select();
    made.input.focus();
  };
}
