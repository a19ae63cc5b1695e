/** Runs in the head, before anything is painted: the theme that the reader chose, if any. */
export {};

try {
  const chosen = localStorage.getItem("wengu-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // no storage: the system's choice holds
}
document.documentElement.classList.add("js");
