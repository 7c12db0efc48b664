// Opens what asks before it changes rules, or acts on transactions, as a dialog over the page. Without this it is a page.
(() => {
  const inDialog = { target: "#modal-content", select: "#dialog", swap: "innerHTML" };
  const asks = ["activate", "deactivate", "use_common", "retry", "resend", "elsewhere"];
  const modal = () => document.querySelector("#modal-content");
  let before = null;

  // The focus goes into the dialog once that can be seen, and back to where it was.
  function show(isOpen) {
    window.Alpine.evaluate(modal(), `openModal = ${isOpen}`);
    if (!isOpen) return before?.focus();
    before = document.activeElement;
    enter(40);
  }

  function enter(tries) {
    const first = modal().querySelector("select, input:not([type=hidden]), button, a[href]");
    first?.focus();
    if (document.activeElement !== first && tries) setTimeout(() => enter(tries - 1), 50);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && before && modal().contains(document.activeElement)) before.focus();
  }, true);

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
