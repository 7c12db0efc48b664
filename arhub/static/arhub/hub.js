/* Forms that say which company they were filled in for, copy buttons, read-only texts that select themselves, menus that close on Escape or a click beside
   them, lists with captions, N and P for the next and the previous page. */
document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = "Copied"; });
  }
  document.querySelectorAll("details.ar-switch[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const tenant = document.querySelector("[data-tenant]")?.dataset.tenant;
  if (!tenant || form.method !== "post" || form.elements.for_tenant || form.closest("[data-tenant]")) return;
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "for_tenant", value: tenant });
  form.append(field);
}, true);

document.addEventListener("htmx:configRequest", (event) => {
  const tenant = document.querySelector("[data-tenant]")?.dataset.tenant;
  if (tenant && event.detail.verb === "post") event.detail.parameters.for_tenant = tenant;
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-select]")) event.target.select();
});

document.addEventListener("keydown", (event) => {
  const page = { n: "next", p: "prev" }[event.key];
  if (!page || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable], [role=dialog]")) return;
  document.querySelector(`a[rel=${page}]`)?.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.ar-switch[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// A plain file input shows its name itself; Unfold would look for the text input of its own widget and fail.
document.addEventListener("change", (event) => {
  if (event.target.matches("input.ar-file")) event.stopPropagation();
}, true);

document.addEventListener("DOMContentLoaded", () => {
  const list = document.getElementById("result_list");
  if (list && !list.caption) {
    const caption = list.createCaption();
    caption.className = "ar-hidden";
    caption.textContent = document.querySelector(".ar-page-title")?.textContent.trim() ?? "";
  }
});
