// Security keys, and signing in again over a page whose session has ended. Floor: Chromium 86.
(() => {
  const on = (type, run) => document.addEventListener(type, run);
  const send = (form) => (form.requestSubmit ? form.requestSubmit() : form.submit());

  // Security keys: the server's bytes travel as base64url.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  function readied(options) {
    const ready = { ...options, challenge: bytes(options.challenge) };
    if (ready.user) ready.user = { ...ready.user, id: bytes(ready.user.id) };
    for (const list of ["excludeCredentials", "allowCredentials"])
      if (ready[list]) ready[list] = ready[list].map((entry) => ({ ...entry, id: bytes(entry.id) }));
    return ready;
  }
  function answer(credential) {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[part]) response[part] = text(credential.response[part]);
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: credential.getClientExtensionResults() };
  }
  on("click", async (e) => {
    const button = e.target.closest("[data-key]");
    if (!button) return;
    const form = button.form;
    const wrong = form.querySelector("[data-key-wrong]");
    wrong.hidden = true;
    try {
      const { publicKey } = JSON.parse(button.dataset.options);
      const credential = await navigator.credentials[button.dataset.key]({ publicKey: readied(publicKey) });
      form.elements.credential.value = JSON.stringify(answer(credential));
      send(form);
    } catch (error) {
      wrong.lastElementChild.textContent = navigator.credentials
        ? "没有完成，请重试；不行的话改用手机验证码。"
        : "这个浏览器或网址不支持安全密钥，请改用手机验证码。";
      wrong.hidden = false;
    }
  });

  // Signing in again over the page: before anything typed leaves it, the session is asked for.
  const box = document.getElementById("again");
  const me = document.body.dataset;
  const alive = "/login/alive/";
  let sure, asked, then;
  function again(run) {
    then = run;
    if (box.open) return;
    box.showModal();
    htmx.trigger("#again-in", "ask");
  }
  function renew(token) {
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  }
  function go(form, button) {
    sure = form;
    form.requestSubmit(button || undefined);
  }
  async function ask(form, button) {
    asked = form;
    try {
      const answer = await fetch(alive, { cache: "no-store", redirect: "manual" });
      if (answer.status === 401) return again(() => go(form, button));
      const user = answer.headers.get("X-User");
      if (user && user !== me.user) { location.href = "/"; return; }
      if (user) renew(answer.headers.get("X-Token"));
    } catch { /* no network: sending the form will tell */ } finally { asked = null; }
    go(form, button);
  }
  const isTyped = (form) => [...form.elements].some((f) => f.name && !/hidden|submit|button/.test(f.type));
  if (box?.showModal && HTMLFormElement.prototype.requestSubmit) {
    document.addEventListener("submit", (e) => {
      const form = e.target;
      if (form === sure) { sure = null; return; }
      if (form.getAttribute("method") !== "post" || form.hasAttribute("hx-post") || "signout" in form.dataset || box.contains(form) || !isTyped(form)) return;
      e.preventDefault();
      e.stopPropagation();
      if (asked !== form) ask(form, e.submitter);
    }, true);
  }
  on("htmx:responseError", ({ detail: { xhr, elt } }) => {
    if (xhr.status !== 401) return;
    if (box?.showModal) again(() => { if (elt.hasAttribute("hx-post") && elt.requestSubmit) elt.requestSubmit(); });
    else location.href = "/login/?next=" + encodeURIComponent(location.pathname + location.search);
  });
  on("signedin", ({ detail: { user, token } }) => {
    if (user !== me.user) { location.href = "/"; return; }
    renew(token);
    box.close();
    document.getElementById("again-in").textContent = "";
    if (then) then();
    then = null;
  });
})();
