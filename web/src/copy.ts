/** A small button on each block of code. */
import { el } from "./html";
import { say } from "./words";

export function copyButtons(within: ParentNode): void {
  for (const one of within.querySelectorAll<HTMLElement>("pre > code")) copyButton(one);
}

function copyButton(code: HTMLElement): void {
  const block = code.parentElement!;
  const frame = el("div", { class: "code" });
  block.replaceWith(frame);
  const button = el("button", { type: "button", class: "copy" }, say("copy"));
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(code.textContent ?? "").then(() => {
      button.textContent = say("copied");
      setTimeout(() => (button.textContent = say("copy")), 1500);
    });
  });
  block.tabIndex = 0; // it may scroll
  frame.append(block, button);
}
