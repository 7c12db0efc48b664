// The mapping page is drawn anew after each choice: lists that were unfolded stay so, and what was scrolled stays there.
(() => {
  let unfolded = [];
  let scrolled = [];
  const tables = () => [...document.querySelectorAll("#mapping .ing-scroll")];

  document.addEventListener("htmx:beforeSwap", () => {
    unfolded = [...document.querySelectorAll("#mapping details[open]")].map((item) => item.id);
    scrolled = tables().map((table) => table.scrollLeft);
  });
  document.addEventListener("htmx:afterSwap", () => {
    unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    tables().forEach((table, place) => { table.scrollLeft = scrolled[place] || 0; });
  });
})();
