import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const SOURCE = join(process.cwd(), "src");
const IMPORT = /(?:^|[\s;}])(?:import|export)\b[^;"'()]*?["'](\.[^"']+)["']|\bimport\(\s*["'](\.[^"']+)["']\s*\)/g;

/** Which of the files each file imports, be it types alone. */
function imports(files: Map<string, string>): Map<string, string[]> {
  return new Map(
    [...files].map(([file, text]) => [
      file,
      [...text.matchAll(IMPORT)].map((found) => normalize(join(dirname(file), `${found[1] ?? found[2]}.ts`))),
    ]),
  );
}

/** A way from a file back to itself, where there is one. */
function circle(graph: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const walk = (file: string, way: string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of graph.get(file) ?? []) {
      const found = walk(next, [...way, file]);
      if (found.length) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const found = walk(file, []);
    if (found.length) return found;
  }
  return [];
}

test("no file of the front leads back to itself", () => {
  const names = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const graph = imports(new Map(names.map((name) => [name, readFileSync(join(SOURCE, name), "utf8")])));
  for (const [file, others] of graph)
    for (const one of others) assert.ok(graph.has(one), `${file} imports ${one}, which is not there`);
  assert.ok([...graph.values()].flat().length > 50, "the imports are found");
  assert.deepEqual(circle(graph), []);
});

test("a circle is found, of types and of any length", () => {
  const files = new Map([
    ["app.ts", 'import { a } from "./draw/a";\nimport "x";'],
    ["draw/a.ts", 'import type { B } from "./b";\nexport const a = 1;'],
    ["draw/b.ts", 'export {\n  c,\n} from "../c";'],
    ["c.ts", 'const a = await import("./draw/a");'],
  ]);
  assert.deepEqual(circle(imports(files)), ["draw/a.ts", "draw/b.ts", "c.ts", "draw/a.ts"]);
  files.set("c.ts", "");
  assert.deepEqual(circle(imports(files)), []);
});
