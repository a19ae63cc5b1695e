/** Words to search by: Latin words and numbers whole, Chinese in single letters and in pairs, for it has no spaces. */

const WORD = /[\p{L}\p{M}\p{N}]+(?:[.'’]\p{N}+)*/gu;
const CHINESE = /\p{Script=Han}+/gu;

function each(text: string, chinese: (run: string) => Iterable<string>): string[] {
  const found: string[] = [];
  for (const [word] of text.normalize("NFKC").toLowerCase().matchAll(WORD)) {
    let at = 0;
    for (const run of word.matchAll(CHINESE)) {
      if (run.index > at) found.push(word.slice(at, run.index));
      found.push(...chinese(run[0]));
      at = run.index + run[0].length;
    }
    if (at < word.length) found.push(word.slice(at));
  }
  return found;
}

function* pairs(run: string): Iterable<string> {
  const letters = [...run];
  for (let i = 0; i + 1 < letters.length; i++) yield letters[i] + letters[i + 1];
}

/** For the index. */
export function indexed(text: string): string[] {
  return each(text, (run) => [...run, ...pairs(run)]);
}

/** For a query: a single letter only where it stands alone. */
export function queried(text: string): string[] {
  return each(text, (run) => ([...run].length === 1 ? [run] : pairs(run)));
}
