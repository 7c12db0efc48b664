// Says on the button how many invoices are chosen, and ticks those of the page. Without this the button has no number.
(() => {
  const form = document.querySelector("form[data-chosen]");
  const button = form?.querySelector("button[data-several]");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=document]")];
  const page = form.querySelector("[data-page]");
  const all = form.querySelector("[data-all]");

  function tell() {
    const ticked = boxes.filter((box) => box.checked).length;
    const chosen = all?.checked ? Number(all.dataset.all) : ticked;
    for (const box of [...boxes, page]) box.disabled = Boolean(all?.checked);
    page.checked = ticked === boxes.length;
    page.indeterminate = ticked > 0 && ticked < boxes.length;
    if (!button) return;
    button.disabled = !chosen;
    button.textContent = chosen === 1 ? button.dataset.one : button.dataset.several.replace("#", chosen.toLocaleString("en"));
  }

  form.addEventListener("change", (event) => {
    if (event.target === page) boxes.forEach((box) => { box.checked = page.checked; });
    tell();
  });
  window.addEventListener("pageshow", tell);
  tell();
})();
