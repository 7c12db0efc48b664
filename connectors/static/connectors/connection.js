// Test connection: a request for each step, a tick for each as it passes, and what that says of the connection.
(() => {
  const form = document.querySelector("form[data-test]");
  const steps = document.querySelector("[data-steps]");
  if (!form || !steps) return;
  const button = form.querySelector("button");
  const unsaved = document.querySelector("[data-unsaved]");
  let isChanged = false;
  document.querySelector("#connection_form")?.addEventListener("input", () => { isChanged = true; });

  const part = (name, textContent, className = "") => Object.assign(document.createElement(name), { textContent, className });
  const show = (item, label, text, state) => {
    const said = { "ar-good": "passed: ", "ar-wrong": "failed: " }[state] ?? "";
    item.className = state;
    item.replaceChildren(part("strong", label), " ", part("span", said, "ar-hidden"), part("span", text));
  };
  const add = (label) => {
    const item = steps.appendChild(document.createElement("li"));
    show(item, label, "…", "ar-working");
    return item;
  };
  // What the other side shows is trusted when a person says so, such as its host key.
  const confirming = (setting, value) => {
    const asked = Object.assign(document.createElement("form"), { method: "post", action: form.dataset.confirm });
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    for (const [name, text] of Object.entries({ csrfmiddlewaretoken: token, setting, value })) {
      asked.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: text }));
    }
    asked.append(Object.assign(part("button", "It is the right one: trust it", "ar-button ar-primary"), { type: "submit" }));
    return asked;
  };
  const ask = async (step) => {
    const sent = new FormData(form);
    sent.set("step", step);
    const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  };

  const refresh = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    document.querySelector("[data-health]").replaceWith(page.querySelector("[data-health]"));
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    unsaved.hidden = !isChanged;
    steps.replaceChildren();
    try {
      for (let step = 0, label = "Begin"; label !== null; step += 1) {
        const item = add(label);
        const tick = await ask(step);
        show(item, tick.label, tick.text, tick.is_good ? "ar-good" : "ar-wrong");
        if (tick.confirms) item.append(confirming(...tick.confirms));
        label = tick.next;
      }
      await refresh().catch(() => {}); // the next page load shows it
    } catch {
      show(steps.lastElementChild, "Test connection", "The hub could not be reached. Try it again.", "ar-wrong");
    }
    button.disabled = false;
  });
  if (location.hash === "#test") form.requestSubmit(); // after what was shown was trusted
})();
