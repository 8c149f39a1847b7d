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
})();
