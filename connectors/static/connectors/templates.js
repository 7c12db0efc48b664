// What a template makes of an example, below its field, while it is typed.
(() => {
  const address = document.querySelector("[data-preview]")?.dataset.preview;
  if (!address) return;
  for (const field of document.querySelectorAll("[data-template]")) {
    const shown = Object.assign(document.createElement("p"), { className: "ar-quiet", role: "status" });
    field.after(shown);
    let waiting = 0;
    const show = async () => {
      const asked = new URLSearchParams({ setting: field.dataset.template, template: field.value });
      const answer = await fetch(`${address}?${asked}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      const { text, is_good: isGood } = await answer.json();
      shown.textContent = !field.value ? "" : isGood ? `For example: ${text}` : text;
      shown.classList.toggle("ar-wrong", !isGood);
    };
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 250); });
    show();
  }
})();
