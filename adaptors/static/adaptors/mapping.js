// Of each target only what its kind needs is shown. Without this script everything is there.
"use strict";

for (const controls of document.querySelectorAll("[data-mapping] .fm-controls")) {
  const [kind, table] = controls.querySelectorAll("select");
  const value = controls.querySelector("input");
  const fields = value.getAttribute("list");
  const show = () => {
    value.hidden = kind.value === "";
    table.hidden = kind.value !== "lookup";
    if (kind.value === "constant") value.removeAttribute("list");
    else value.setAttribute("list", fields);
    value.placeholder = { field: "which field?", constant: "the constant", lookup: "by which field?" }[kind.value] || "";
  };
  kind.addEventListener("change", show);
  show();
}
