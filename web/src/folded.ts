/** What is folded on a page opens where an address leads into it. */
export function folded(): void {
  const follow = () => {
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const closed = [...document.querySelectorAll<HTMLDetailsElement>("main details:not([open])")];
    const around = closed.filter((one) => wanted && one.contains(wanted));
    for (const one of around) one.open = true;
    if (around.length) wanted!.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
}
