// Opens what asks before it changes rules, or acts on transactions, as a dialog over the page. Without this it is a page.
(() => {
  const inDialog = { target: "#modal-content", select: "#dialog", swap: "innerHTML" };
  const asks = ["activate", "deactivate", "use_common", "retry", "resend", "elsewhere"];
  const show = (isOpen) => window.Alpine.evaluate(document.querySelector("#modal-content"), `openModal = ${isOpen}`);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("a[data-dialog]");
    if (opener && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      htmx.ajax("GET", opener.href, inDialog).then(() => show(true));
    }
    if (event.target.closest("#modal-content [data-close]")) {
      event.preventDefault();
      show(false);
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id !== "changelist-form") return;
    const values = new FormData(form);
    if (!asks.includes(values.get("action"))) return;
    event.preventDefault();
    htmx.ajax("POST", location.href, { ...inDialog, values: Object.fromEntries(entries(values)) }).then(() => show(true));
  });

  // A name that comes several times, as ticked rows do, is a list.
  function entries(values) {
    return [...new Set(values.keys())].map((name) => {
      const all = values.getAll(name);
      return [name, all.length > 1 ? all : all[0]];
    });
  }
})();
