/** Elements in one call, and what the server is asked. */
import { lang } from "./words";

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value as EventListener);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

export const root = typeof document === "undefined" ? null : document.documentElement;
export const isStatic = !!root && root.hasAttribute("data-static");

export function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="wengu-token"]')?.content ?? "";
}

/** Everything is asked for in the language of the page. */
export const spoken = (path: string) => `${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;

export async function get<T>(path: string): Promise<T> {
  const reply = await fetch(spoken(path));
  const answer = (await reply.json()) as T & { error?: string };
  if (answer.error) throw new Error(answer.error);
  return answer;
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<{ ok: boolean; answer: T }> {
  const reply = await fetch(spoken(path), {
    method: "POST",
    body: JSON.stringify(body),
    signal,
    headers: { "Content-Type": "application/json", "X-Wengu-Token": token() },
  });
  return { ok: reply.ok, answer: (await reply.json()) as T };
}

/** A drawing of 24 by 24, beside words or with a name of its own. */
export function icon(path: string, size = 18): string {
  return `<svg viewBox="0 0 24 24" width="${size}" height="${size}" aria-hidden="true"><path d="${path}"/></svg>`;
}
