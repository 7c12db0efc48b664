// The reject workbench: every cell of a row can be edited, and the button says how many rows will be repaired.
(() => {
  const form = document.getElementById("repair");
  if (!form) return;
  const button = form.querySelector("button.ing-primary");
  const name = button.textContent;
  const hint = form.querySelector("[data-none]");
  const plain = (text) => text.replace(/[\r\n]/g, "");
  const isEdited = (input) => plain(input.value) !== plain(input.dataset.was);

  const open = (span) => {
    const label = document.createElement("label");
    const name = document.createElement("i");
    const was = Object.assign(document.createElement("input"), { type: "hidden", name: `was-${span.dataset.field}` });
    const input = Object.assign(document.createElement("input"), { className: "ing-input", name: span.dataset.field });
    label.className = "ing-edit";
    name.textContent = span.title;
    was.value = input.value = input.dataset.was = span.dataset.text;
    label.append(name, was, input);
    span.replaceWith(label);
    return input;
  };

  form.querySelectorAll("tbody tr").forEach((row) => {
    const all = row.querySelector(".ing-all");
    const closed = [...row.querySelectorAll("span[data-field]")];
    all.hidden = !closed.length;
    all.addEventListener("click", () => {
      const inputs = closed.map(open);
      all.remove();
      inputs[0]?.focus();
    });
  });

  // A row is counted once: with its own edits, or with its whole group, or with the value it holds.
  const count = (section) => {
    const whole = section.querySelector("[data-whole]");
    if (whole?.querySelector("input").checked) return Number(whole.dataset.rows);
    const values = [...section.querySelectorAll(".ing-values li")].filter((item) =>
      [...item.querySelectorAll("input:not([type=hidden])")].some((input) => (input.type === "checkbox" ? input.checked : input.value)));
    const replaced = new Set(values.map((item) => JSON.parse(item.querySelector("[name=value]").value)[4]));
    const position = values.length ? JSON.parse(values[0].querySelector("[name=value]").value)[3] : null;
    const holds = (row) => [...row.querySelectorAll("input[data-was]")].some((input) => input.name.endsWith(`-${position}`) && replaced.has(input.dataset.was));
    const edited = [...section.querySelectorAll("tbody tr")].filter((row) => [...row.querySelectorAll("input[data-was]")].some(isEdited) && !holds(row));
    return values.reduce((rows, item) => rows + Number(item.dataset.rows), 0) + edited.length;
  };
  const tell = () => {
    const rows = [...form.querySelectorAll("section")].map(count).reduce((sum, number) => sum + number, 0);
    button.disabled = !rows;
    button.textContent = !rows ? name : rows === 1 ? button.dataset.one : button.dataset.many.replace("#", rows.toLocaleString(document.documentElement.lang || "en"));
    hint.textContent = rows ? "" : hint.dataset.none;
  };
  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  tell();
})();
