// Passkeys: what the browser must do itself. The library's webauthn-json.js translates; the server decides.
// A form with data-passkey="add | use | login" and a button in it; options lie in data-options or at data-ask.
(() => {
  const say = (form, text) => {
    const place = form.querySelector("[data-passkey-said]");
    place.textContent = text;
    place.hidden = !text;
  };

  const options = async (form) => {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.dataset.ask, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const make = async (form) => {
    const asked = await options(form);
    if (form.dataset.passkey !== "add") return window.webauthnJSON.get(asked.request_options);
    const choice = asked.creation_options.publicKey.authenticatorSelection;
    Object.assign(choice, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
    return window.webauthnJSON.create(asked.creation_options);
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    if (!window.PublicKeyCredential) {
      button.disabled = true;
      say(form, form.dataset.missing);
      continue;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      say(form, "");
      try {
        form.elements.credential.value = JSON.stringify(await make(form));
        form.submit();
      } catch (error) {
        say(form, form.dataset.failed);
      }
    }, true);
  }
})();
