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
  const part = (name) => viewer.querySelector(`[data-${name}]`);
  const shown = () => links().find((one) => one.hasAttribute("aria-current"));
  let turned = 0;
  let zoomed = 0;
  let page = Number(picture.src.match(/pages\/(\d+)/)?.[1] || 0); // 0 for what has no pages
  function look() {
    pane.className = `pane turn${turned} zoom${zoomed}`;
  }
  function draw(link) {
    const { src, pages } = link.dataset;
    const last = Number(link.dataset.shown);
    picture.hidden = !src;
    if (src) picture.src = page ? src.replace(/\d+\/$/, `${page}/`) : src;
    picture.alt = src ? link.firstChild.textContent : "";
    part("file").hidden = Boolean(src);
    part("leaves").hidden = !page;
    part("leaf-words").textContent = page ? `第 ${page} 页，共 ${pages} 页` : "";
    part("leaf='-1'").hidden = page < 2;
    part("leaf='1'").hidden = page >= last;
    part("more").hidden = last === Number(pages);
    pane.scrollTo(0, 0);
  }
  function show(link) {
    shown().removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    part("open").href = link.dataset.whole;
    page = Number(link.dataset.shown) ? 1 : 0;
    turned = zoomed = 0;
    look();
    draw(link);
  }
  picture.addEventListener("error", () => {
    picture.hidden = true;
    part("file").hidden = false;
  });
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
      const now = links().indexOf(shown());
      show(links()[(now + 1) % links().length]);
    }
    const step = e.target.closest("[data-leaf]");
    if (step) {
      e.preventDefault();
      page += Number(step.dataset.leaf);
      draw(shown());
    }
  });
})();
