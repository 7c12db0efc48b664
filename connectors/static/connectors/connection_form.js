// The settings of a connection: those that matter with what is chosen, and what a template makes of an example.
(() => {
  for (const field of document.querySelectorAll("[data-when]")) {
    const chosen = document.querySelector(`[name="${field.dataset.when}"]`);
    const row = field.closest(".field-line")?.parentElement;
    if (!chosen || !row) continue;
    const show = () => { row.hidden = !field.dataset.values.split(" ").includes(chosen.value); };
    chosen.addEventListener("change", show);
    show();
  }
})();

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
