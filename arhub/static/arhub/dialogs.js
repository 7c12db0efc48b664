// The theme's dialog takes the focus when it opens, keeps it, and gives it back when it closes, whoever opens or closes it.
document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.getElementById("modal-content");
  if (!dialog) return;
  const reachable = "select, input:not([type=hidden]), textarea, button, a[href]";
  const isShown = () => dialog.getClientRects().length > 0;
  let opener = null;
  dialog.setAttribute("role", "dialog");
  dialog.setAttribute("aria-modal", "true");

  function enter() {
    dialog.setAttribute("aria-label", dialog.querySelector("h1")?.textContent.trim() ?? "");
    dialog.querySelector(reachable)?.focus();
  }

  // Alpine shows and hides what is around it, by its style.
  new MutationObserver(() => {
    if (isShown() && !opener) {
      opener = document.activeElement;
      enter();
    } else if (!isShown() && opener) {
      opener.focus();
      opener = null;
    }
  }).observe(dialog.parentElement, { attributes: true });

  // What comes anew in an open dialog, such as a form with what is wrong in it, has lost the focus.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (opener && dialog.contains(event.detail.target)) requestAnimationFrame(enter);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !isShown()) return;
    const all = [...dialog.querySelectorAll(reachable)].filter((one) => one.getClientRects().length && !one.disabled);
    const [first, last] = [all[0], all[all.length - 1]];
    if (document.activeElement !== (event.shiftKey ? first : last)) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  });
});
