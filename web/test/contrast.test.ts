import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

type RGB = [number, number, number];

const sheet = (name: string) => readFileSync(`src/style/${name}.css`, "utf8");
const [light, dark] = sheet("theme").split(':root[data-theme="dark"]');
const strength = Number(/svg \.level \{[^}]*stroke-opacity: ([.\d]+)/.exec(sheet("figures"))![1]);

const rgb = (hex: string) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as RGB;
const colours = (theme: string, name: string) => new RegExp(`--${name}: (#[^;]+);`).exec(theme)![1].split(" ").map(rgb);

/** WCAG 2.2's relative luminance and contrast ratio. */
function luminance(colour: RGB): number {
  const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: RGB, other: RGB): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

for (const [name, theme] of Object.entries({ light, dark }))
  test(`paths and level lines are seen on every height of a landscape, ${name}`, () => {
    for (const ground of [...colours(theme, "level"), ...colours(theme, "diverging-level")]) {
      for (const tone of ["t1", "t2", "t3", "t4", "t5", "t6"])
        assert.ok(contrast(colours(theme, tone)[0], ground) >= 3, `${tone} on ${ground}`);
      const [over] = colours(theme, "contour");
      const blended = ground.map((c, i) => c + (over[i] - c) * strength) as RGB;
      assert.ok(contrast(blended, ground) >= 1.5, `a level line on ${ground}: ${contrast(blended, ground)}`);
    }
  });
