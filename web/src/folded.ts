/** What is folded on a page: it opens where an address leads into it, and on paper. */
export function folded(): void {
  const closed = () => [...document.querySelectorAll<HTMLDetailsElement>("main details:not([open])")];
  const follow = () => {
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const around = closed().filter((one) => wanted && one.contains(wanted));
    for (const one of around) one.open = true;
    if (around.length) wanted!.scrollIntoView();
  };
  let opened: HTMLDetailsElement[] = [];
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => {
    opened = closed();
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
  follow();
}
