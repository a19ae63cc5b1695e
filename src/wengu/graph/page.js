document.documentElement.classList.add("can-script");

function show() { // the module that the address names, alone
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const sections = [...document.querySelectorAll("section")];
  const section = sections.includes(wanted) ? wanted : sections[0];
  for (const one of sections) one.classList.toggle("shown", one === section);
  if (wanted === section) scrollTo(0, 0);
}
addEventListener("hashchange", show);
show();

for (const section of document.querySelectorAll("section")) {
  const form = section.querySelector(".steps");
  const { forward, back } = JSON.parse(section.querySelector("script").textContent);
  const steps = [...forward.map(([box, words]) => ({ box, words })), ...back.map(([box, words]) => ({ box, words, back: true }))];
  const [previous, next] = form.querySelectorAll("button");
  const range = form.querySelector("input");
  const words = form.querySelector("output");
  const atValue = new Map(forward.map(([box], i) => [box, i + 1]));
  const atGradient = new Map(back.map(([box], i) => [box, forward.length + i + 1]));

  function draw() {
    const at = Number(range.value);
    const step = at ? steps[at - 1] : null;
    const stepping = at < steps.length;
    for (const svg of section.querySelectorAll("svg.graph")) {
      svg.classList.toggle("back", !!step?.back);
      for (const box of svg.querySelectorAll(".box")) {
        const i = Number(box.dataset.box);
        const reached = (atValue.get(i) ?? 0) <= at;
        box.classList.toggle("ahead", !reached);
        box.classList.toggle("now", stepping && step?.box === i);
        box.querySelector(".value")?.classList.toggle("later", !reached);
        box.querySelector(".gradient")?.classList.toggle("later", (atGradient.get(i) ?? 0) > at);
      }
      for (const arrow of svg.querySelectorAll(".arrow, .local")) {
        const [from, to] = [Number(arrow.dataset.from), Number(arrow.dataset.to)];
        const reached = (atValue.get(to) ?? 0) <= at;
        arrow.classList.toggle(arrow.matches(".local") ? "later" : "ahead", !reached);
        arrow.classList.toggle("now", stepping && !!step && (step.back ? from : to) === step.box);
      }
    }
    form.classList.toggle("back", !!step?.back);
    words.value = step ? step.words : form.dataset.start;
    previous.disabled = at === 0;
    next.disabled = !stepping;
  }
  function go(by) {
    range.value = Number(range.value) + by;
    draw();
    const boxes = [...section.querySelectorAll(".box.now")]; // one in each drawing, of which one is seen
    boxes.find((box) => box.getClientRects().length)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  previous.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  range.addEventListener("input", () => go(0));
  form.addEventListener("submit", (event) => event.preventDefault());
  draw();
}
