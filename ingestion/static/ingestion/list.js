// The list of loads: a row opens the drawer, the address can be shared, and loads at work keep the list moving.
(() => {
  const list = document.getElementById("ingestions");
  const drawer = document.getElementById("drawer");
  if (!list || !drawer) return;
  const pattern = /^#ingestion-(\d+)$/;
  let opener = null;

  const open = async (id) => {
    const answer = await fetch(list.dataset.drawer.replace("/0/", `/${id}/`), { credentials: "same-origin" });
    if (!answer.ok) return;
    drawer.innerHTML = await answer.text();
    drawer.hidden = false;
    drawer.querySelector(".ing-close").focus();
  };
  const close = () => {
    if (drawer.hidden) return;
    drawer.hidden = true;
    history.replaceState(null, "", location.pathname + location.search);
    opener?.focus();
  };
  const follow = () => {
    const match = pattern.exec(location.hash);
    match ? open(match[1]) : close();
  };

  list.addEventListener("click", (event) => {
    const row = event.target.closest("tr.data-row");
    const link = row?.querySelector("th a, td a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    opener = link;
    const id = /\/(\d+)\/change\//.exec(link.getAttribute("href"))?.[1];
    if (id) location.hash === `#ingestion-${id}` ? open(id) : (location.hash = `ingestion-${id}`);
  });
  drawer.addEventListener("click", (event) => event.target.closest(".ing-close") && close());
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  window.addEventListener("hashchange", follow);
  follow();

  const working = () => /\b(Queued|Reading|Committing)\b/.test(list.querySelector("#result_list")?.textContent || "");
  const refresh = async () => {
    if (!working() || document.hidden) return;
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = page.querySelector("#result_list");
    if (fresh) list.querySelector("#result_list").replaceWith(fresh);
  };
  setInterval(refresh, 2000);
})();
