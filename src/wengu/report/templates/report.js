document.documentElement.classList.add("can-script");

for (const button of document.querySelectorAll(".copy")) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    getSelection().selectAllChildren(code); // where the browser forbids the clipboard, it can be copied by hand
    await navigator.clipboard?.writeText(code.textContent);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = words; }, 1500);
  });
}

const selects = [...document.querySelectorAll(".filter select")];
const counted = document.querySelector(".filter output");
for (const select of selects) {
  select.addEventListener("change", () => {
    let shown = 0;
    for (const figure of document.querySelectorAll(".gallery figure")) {
      figure.hidden = selects.some((one) => one.value && one.value !== "=" + figure.dataset[one.dataset.key]);
      shown += !figure.hidden;
    }
    counted.value = counted.dataset.words.replace("#", shown);
  });
}
