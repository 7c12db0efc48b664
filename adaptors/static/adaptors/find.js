// Finds a text in a document that is shown: marks every place, and goes from one to the next with Enter.
(() => {
  const MOST = 2000; // places that are marked

  for (const field of document.querySelectorAll("[data-find]")) {
    const shown = document.querySelector(field.dataset.find);
    const told = field.parentElement.querySelector("[data-find-count]");
    const text = shown.textContent;
    const lowered = text.toLowerCase();
    let marks = [];
    let at = -1;

    function find() {
      const wanted = field.value.toLowerCase();
      const pieces = [];
      let from = 0;
      marks = [];
      at = -1;
      let place = wanted ? lowered.indexOf(wanted) : -1;
      while (place >= 0 && marks.length < MOST) {
        const mark = document.createElement("mark");
        mark.textContent = text.slice(place, place + wanted.length);
        pieces.push(text.slice(from, place), mark);
        marks.push(mark);
        from = place + wanted.length;
        place = lowered.indexOf(wanted, from);
      }
      shown.replaceChildren(...pieces, text.slice(from));
      if (marks.length) go(1);
      else told.textContent = wanted ? "Not found" : "";
    }

    function go(step) {
      if (!marks.length) return;
      marks[at]?.classList.remove("ar-found");
      at = (at + step + marks.length) % marks.length;
      marks[at].classList.add("ar-found");
      shown.scrollTop += marks[at].getBoundingClientRect().top - shown.getBoundingClientRect().top - shown.clientHeight / 2;
      told.textContent = `${at + 1} of ${marks.length}${marks.length === MOST ? " or more" : ""}`;
    }

    field.addEventListener("input", find);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      go(event.shiftKey ? -1 : 1);
    });
  }
})();
