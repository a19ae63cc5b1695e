/** Builds src/ into ../src/wengu/handbook/static: three classic scripts, one sheet, KaTeX's woff2 files. Same bytes each time. */
import { build } from "esbuild";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = process.env.WENGU_STATIC ?? join(here, "../src/wengu/handbook/static");
const katex = join(here, "node_modules/katex/dist");
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  absWorkingDir: here,
};

await mkdir(join(out, "fonts"), { recursive: true });
for (const name of ["app", "maths", "theme"]) {
  await rm(join(out, `${name}.js`), { force: true });
  await build({ ...common, entryPoints: [`src/${name}.ts`], outfile: join(out, `${name}.js`), format: "iife" });
}

// One sheet: ours, then KaTeX's with its woff2 alone, for every browser that runs the rest knows it.
const maths = (await readFile(join(katex, "katex.min.css"), "utf8"))
  .replaceAll(/,url\([^)]*\.woff\) format\("woff"\),url\([^)]*\.ttf\) format\("truetype"\)/g, "")
  .replaceAll("font-display:block", "font-display:swap");
if (/\.(woff|ttf)\)/.test(maths))
  throw new Error("katex.min.css: expected each font as woff2, woff, ttf; its form has changed");
const ours = await build({ ...common, entryPoints: ["src/style.css"], write: false, external: ["fonts/*"] });
await writeFile(join(out, "app.css"), ours.outputFiles[0].text + maths);
// What is bundled, and under which terms; and the icon.
const parts = ["katex", "minisearch", "d3-array", "d3-contour", "internmap"];
const terms = await Promise.all(
  parts.map(async (name) => {
    const { version } = JSON.parse(await readFile(join(here, "node_modules", name, "package.json"), "utf8"));
    const file = (await readdir(join(here, "node_modules", name))).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version}\n\n${(await readFile(join(here, "node_modules", name, file), "utf8")).trim()}\n`;
  }),
);
await writeFile(join(out, "licences.txt"), terms.join(`\n${"-".repeat(80)}\n\n`));
await copyFile(join(here, "src/icon.svg"), join(out, "icon.svg"));

const fonts = (await readdir(join(katex, "fonts"))).filter((name) => name.endsWith(".woff2")).sort();
for (const name of await readdir(join(out, "fonts"))) if (!fonts.includes(name)) await rm(join(out, "fonts", name));
for (const name of fonts) await copyFile(join(katex, "fonts", name), join(out, "fonts", name));
