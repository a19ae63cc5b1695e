/** Runs in the head, before anything is painted: the theme that the reader chose, or the system's, also when it changes. */
export {};

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): string | null {
  try {
    return localStorage.getItem("wengu-theme");
  } catch {
    return null; // no storage: the system's choice holds
  }
}

function follow(): void {
  const theme = chosen();
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : system.matches ? "dark" : "light";
}

follow();
system.addEventListener("change", follow);
root.classList.add("js");
