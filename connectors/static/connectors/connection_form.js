// Settings in a form: those that matter with what is chosen, and what a template makes of an example.
(() => {
  const rowOf = (field) => field.closest(".field-line")?.parentElement;
  const fields = [...document.querySelectorAll("[data-when]")].filter(rowOf);
  const show = () => {
    for (const field of fields) { // in their order: what depends on a field comes after it
      const chosen = document.querySelector(`[name="${field.dataset.when}"]`);
      if (!chosen) continue;
      rowOf(field).hidden = Boolean(rowOf(chosen)?.hidden) || !field.dataset.values.split(" ").includes(chosen.value);
    }
  };
  document.addEventListener("change", show);
  show();
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
