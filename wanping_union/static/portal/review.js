// Keys and the viewer of a case; every page works without this file. Floor: Chromium 86.
(() => {
  const find = (query) => document.querySelector(query);
  const all = (query) => [...document.querySelectorAll(query)];

  // j k: next and previous case; a: the act most likely taken; r: ask for papers.
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.target.closest("input, textarea, select, dialog") || find("dialog[open]")) return;
    const at = /^[jkar]$/.test(e.key) && find(`[data-press=${e.key}]`);
    if (!at) return;
    e.preventDefault();
    at.click();
  });

  const viewer = find("[data-viewer]");
  const picture = viewer?.querySelector("[data-picture]");
  if (!picture) return;
  const pane = viewer.querySelector("[data-pane]");
  const links = () => all(".papers-list a");
  let turned = 0;
  let zoomed = 0;
  function look() {
    pane.className = `pane turn${turned} zoom${zoomed}`;
  }
  function show(link) {
    const isPicture = "isPicture" in link.dataset;
    links().forEach((other) => other.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
    picture.hidden = !isPicture;
    if (isPicture) picture.src = link.dataset.src;
    picture.alt = isPicture ? link.firstChild.textContent : "";
    viewer.querySelector("[data-file]").hidden = isPicture;
    viewer.querySelector("[data-open]").href = link.dataset.src;
    turned = zoomed = 0;
    look();
    pane.scrollTo(0, 0);
  }
  document.addEventListener("click", (e) => {
    const wanted = e.target.closest("[data-doc]");
    const link = wanted && links().find((one) => one.dataset.doc === wanted.dataset.doc);
    if (link) {
      e.preventDefault();
      show(link);
      if (!wanted.closest("[data-viewer]")) viewer.scrollIntoView({ block: "nearest" });
    }
    if (e.target.closest("[data-turn]")) { turned = (turned + 1) % 4; look(); }
    if (e.target.closest("[data-zoom]")) { zoomed = (zoomed + 1) % 4; look(); }
    if (e.target.closest("[data-next]")) {
      const now = links().findIndex((one) => one.hasAttribute("aria-current"));
      show(links()[(now + 1) % links().length]);
    }
  });
})();
