// Comfort only: every page works without this file. Floor: Chromium 86.
(() => {
  const on = (type, run) => document.addEventListener(type, run);
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const byId = (id) => document.getElementById(id);
  const me = document.body.dataset;
  const isTick = (field) => /checkbox|radio/.test(field.type);

  // Toasts; errors stay until they are closed.
  function toast(words, kind = "ok") {
    const box = document.createElement("div");
    box.className = "toast " + kind;
    box.innerHTML = "<span></span><button type=button>关闭</button>";
    box.firstChild.textContent = words;
    box.lastChild.onclick = () => box.remove();
    byId("toasts")?.append(box);
    if (kind !== "bad") setTimeout(() => box.remove(), 8000);
  }
  on("toast", (e) => toast(e.detail.msg || e.detail.value, e.detail.kind));

  // Drafts: a week in this browser, per person; a sent one goes when the next page has come.
  const keyOf = (form) => `draft:${me.user}:${form.dataset.draft}`;
  const load = (key) => JSON.parse(localStorage.getItem(key) || "null");
  const drop = (key) => localStorage.removeItem(key);
  const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith("draft:"));
  const kept = (form) => [...form.elements].filter((f) =>
    f.name && !/password|file|hidden|submit|button/.test(f.type) && !f.closest("[data-nosave]"));
  function save(form, sent) {
    const values = kept(form).filter((f) => !isTick(f) || f.checked).map((f) => [f.name, f.value]);
    try { localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), sent, values })); } catch { /* full */ }
  }
  function restore(form) {
    const draft = load(keyOf(form));
    if (!draft || form.querySelector("[aria-invalid=true]")) return;
    let changed;
    for (const f of kept(form)) {
      const values = draft.values.filter(([name]) => name === f.name).map(([, value]) => value);
      if (isTick(f)) {
        changed = changed || f.checked !== values.includes(f.value);
        f.checked = values.includes(f.value);
      } else if (values.length && f.value !== values[0]) {
        f.value = values[0];
        changed = true;
      }
    }
    if (!changed) return;
    const note = document.createElement("div");
    note.className = "note";
    note.innerHTML = "<p role=status>已恢复上次未提交的内容</p><button type=button class=link>清除</button>";
    note.lastChild.onclick = () => { drop(keyOf(form)); form.reset(); note.remove(); };
    form.before(note);
  }
  function tidy(key) {
    const draft = load(key);
    const mine = !me.user || key.startsWith(`draft:${me.user}:`);
    const arrived = draft.sent && "user" in me && !("keep" in me); // error and sign-in pages keep it
    if (!mine || arrived || Date.now() - draft.at > 6048e5) drop(key);
    else if (draft.sent) localStorage.setItem(key, JSON.stringify({ ...draft, sent: false }));
  }

  // Forms: typed text is not lost, nothing is sent twice, files are checked before they travel.
  let dirty, timer;
  on("input", ({ target: { form } }) => {
    if (!form) return;
    dirty = dirty || "guard" in form.dataset;
    clearTimeout(timer);
    if (form.dataset.draft) timer = setTimeout(save, 400, form);
  });
  addEventListener("beforeunload", (e) => { if (dirty) { e.preventDefault(); e.returnValue = ""; } });
  on("submit", (e) => {
    const form = e.target;
    if (form.method !== "post" || e.defaultPrevented) return;
    clearTimeout(timer);
    dirty = false;
    if ("signout" in form.dataset) drafts().forEach(drop);
    if (form.dataset.draft) save(form, true);
    const bar = form.querySelector("progress");
    if (bar && all("[type=file]", form).some((f) => f.files.length)) bar.hidden = false;
    setTimeout(() => all("button:enabled:not([type=button])", form).forEach((b) => { b.disabled = true; b.classList.add("busy"); }));
    setTimeout(release, 8000); // the answer may be a download, which leaves the page as it is
  });
  const release = () => all("button.busy").forEach((b) => { b.disabled = false; b.classList.remove("busy"); });
  addEventListener("pageshow", release);
  on("htmx:afterRequest", release);
  on("htmx:afterRequest", ({ detail: { elt, successful } }) => { if (successful && elt.matches("[data-row]")) dirty = false; });
  on("htmx:xhr:progress", (e) => {
    const bar = e.target.querySelector("progress");
    if (bar && e.detail.total) bar.value = (100 * e.detail.loaded) / e.detail.total;
  });
  const size = (bytes) => bytes < 1e6 ? Math.ceil(bytes / 1024) + " KB" : (bytes / 1048576).toFixed(1) + " MB";
  function check(field) {
    const file = field.files[0];
    const most = Number(field.dataset.max) || 20971520;
    const wrong = file && (file.size > most ? `文件有 ${size(file.size)}，超过 ${size(most)}，请拆分后再上传` : file.size ? "" : "这个文件是空的，请重新选择");
    if (wrong) field.value = "";
    const name = field.parentNode.querySelector(".name");
    if (name) name.textContent = wrong || (file ? `已选择：${file.name}（${size(file.size)}）` : "");
    if (wrong) toast(wrong, "bad");
  }
  on("change", ({ target }) => {
    if (target.type === "file") check(target);
    const form = target.closest("[data-bulk]");
    if (form && "all" in target.dataset) all("tbody [type=checkbox]", form).forEach((box) => { box.checked = target.checked; });
    if (form) count(form);
  });
  function count(form) {
    all("tbody [type=checkbox]", form).forEach((box) => box.closest("tr").classList.toggle("on", box.checked));
    const n = all("tbody :checked", form).length;
    all(".bulk button", form).forEach((b) => { b.disabled = !n; });
    all("[data-count]", form).forEach((c) => { c.textContent = n ? `已选 ${n} 项` : "勾选后可批量办理"; });
  }

  // Small acts of links and buttons.
  const acts = {
    dialog: (at, e) => { const box = byId(at.dataset.dialog); if (box?.showModal) { e.preventDefault(); box.showModal(); } },
    close: (at, e) => { const box = at.closest("dialog"); if (box) { e.preventDefault(); box.close(); } else at.closest(".note")?.remove(); },
    copy: (at) => navigator.clipboard?.writeText(at.dataset.copy).then(() => toast("已复制")),
    print: () => print(),
    back: (at, e) => { e.preventDefault(); history.back(); },
    show: (at) => {
      const field = byId(at.dataset.show);
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      at.setAttribute("aria-pressed", !shown);
      at.lastChild.textContent = shown ? "显示" : "隐藏";
    },
  };
  const menus = (keep) => all("details.menu[open]").forEach((menu) => { if (!menu.contains(keep)) menu.open = false; });
  on("click", (e) => {
    menus(e.target);
    for (const name in acts) {
      const at = e.target.closest(`[data-${name}]`);
      if (at) acts[name](at, e);
    }
  });
  on("keydown", (e) => {
    if (e.key === "Escape") menus();
    const find = document.querySelector("[data-find]");
    if (e.key === "/" && find?.offsetParent && !e.target.closest("input, textarea, select, dialog")) { e.preventDefault(); find.select(); }
  });

  // Mending rows: Enter goes on to the next problem, a changed row is sent once it is left.
  on("keydown", (e) => {
    if (e.key !== "Enter" || !e.target.matches("[data-row] input")) return;
    e.preventDefault();
    const behind = (cell) => e.target.compareDocumentPosition(cell) & Node.DOCUMENT_POSITION_FOLLOWING;
    const next = all("[data-row] [aria-invalid]").find(behind) || document.querySelector(".actbar .pri");
    next.focus();
    next.select?.();
  });
  on("input", ({ target }) => { const row = target.closest("[data-row]"); if (row) row.dataset.row = "changed"; });
  on("focusout", ({ target, relatedTarget: to }) => {
    const row = target.closest("[data-row=changed]");
    if (!row || row.contains(to) || to?.matches("button")) return;
    row.dataset.row = "";
    htmx.trigger(row, "leave");
  });

  // Answers that htmx does not show; 401, the session has ended, is for signin.js.
  const refusals = { 403: "您没有办理这件事的权限", 404: "这条记录已不存在，请刷新页面" };
  on("htmx:responseError", ({ detail: { xhr: { status } } }) => {
    if (status !== 401) toast(refusals[status] || "没有办成，请稍后再试", "bad");
  });
  on("htmx:sendError", () => toast("网络不通，请稍后再试", "bad"));

  function start(root) {
    all("[data-bulk]", root).forEach(count);
    all("[data-js]", root).forEach((e) => { e.hidden = false; });
  }
  on("htmx:load", (e) => start(e.target));
  start(document);
  document.querySelector(".errsum")?.focus();
  const news = all(".notes p").map((p) => p.textContent).join(" ");
  if (news) setTimeout(() => { byId("live").textContent = news; }, 300);
  try { drafts().forEach(tidy); all("form[data-draft]").forEach(restore); } catch { /* storage forbidden */ }
})();
