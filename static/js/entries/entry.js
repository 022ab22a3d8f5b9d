/* Saves what is typed on the server, makes received files part of the entry, looks again at files being made. */
(function () {
  "use strict";
  const SOON = 3000, LATER = 20000, LOOK = 3000, LOOK_LONGEST = 15000; // milliseconds
  const form = document.querySelector("form[data-save]"), place = document.querySelector("[data-files-of]");
  const headers = { Accept: "application/json" };

  /* The form as it was saved last; what is typed meanwhile is saved by the next round. */
  const said = document.querySelector("[data-save-said]");
  const missing = document.querySelector("[data-missing]");
  function tell(sentences) {
    missing.hidden = !sentences.length;
    missing.querySelector("ul").replaceChildren(...sentences.map((each) => { const line = document.createElement("li"); line.textContent = each; return line; }));
  }
  const typed = () => new URLSearchParams(new FormData(form)).toString();
  let saved = form ? typed() : "", timer = 0, isSaving = false;
  function save() {
    clearTimeout(timer);
    const now = typed();
    if (now === saved || isSaving) { return Promise.resolve(); }
    isSaving = true;
    return fetch(form.action, { method: "POST", credentials: "same-origin", headers: headers, body: new URLSearchParams(now), keepalive: now.length < 60000 })
      .then((answer) => { if (!answer.ok) { throw new Error(answer.status); } return answer.json(); })
      .then((got) => {
        const sentences = Object.values(got.problems), time = new Date(got.saved_ms);
        saved = now;
        if (missing) { tell(got.missing); }
        said.textContent = sentences.length ? sentences.join(" ") : form.dataset.saved.replace("{time}", String(time.getHours()).padStart(2, "0") + ":" + String(time.getMinutes()).padStart(2, "0"));
        if (!sentences.length && typed() === now) { try { localStorage.removeItem("keep:" + form.dataset.keep); } catch (error) { /* private */ } }
      })
      .catch(() => { said.textContent = form.dataset.waiting; timer = setTimeout(save, LATER); })
      .then(() => { isSaving = false; });
  }
  if (form) {
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, SOON); });
    form.addEventListener("submit", () => clearTimeout(timer));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") { save(); } });
    timer = setTimeout(save, SOON); // what this device kept from before
    document.querySelectorAll("[data-goes-on]").forEach((link) => link.addEventListener("click", (event) => {
      if (typed() === saved) { return; }
      event.preventDefault();
      save().then(() => { location.assign(link.href); });
    }));
  }
  if (!place) { return; }

  let wait = LOOK;
  const isPlaying = (part) => [...part.querySelectorAll("video")].some((clip) => !clip.paused) || part.contains(document.activeElement);
  function look() {
    return fetch(place.dataset.filesOf, { credentials: "same-origin", cache: "no-store" })
      .then((answer) => { if (!answer.ok) { throw new Error(answer.status); } return answer.text(); })
      .then((text) => {
        const fresh = new DOMParser().parseFromString(text, "text/html");
        place.querySelectorAll("[data-files]").forEach((part) => {
          const found = fresh.querySelector("[data-files=" + part.dataset.files + "]");
          if (found && !isPlaying(part) && found.outerHTML !== part.outerHTML) { part.replaceWith(document.adoptNode(found)); }
        });
        wait = LOOK;
      });
  }
  function lookAgain() {
    setTimeout(() => {
      if (!place.querySelector("[data-busy]") || document.visibilityState === "hidden") { lookAgain(); return; }
      look().catch(() => { wait = Math.min(LOOK_LONGEST, wait * 2); }).then(lookAgain);
    }, wait);
  }
  lookAgain();

  /* A received file becomes part of the entry; the page comes anew unless another is on its way. */
  place.addEventListener("upload:received", (event) => {
    const body = new URLSearchParams({ upload: event.detail.code, csrf_token: place.dataset.token });
    const isBusy = () => place.querySelector("[data-upload-run]:not([hidden])");
    fetch(place.dataset.attach, { method: "POST", credentials: "same-origin", headers: headers, body: body })
      .then((answer) => { if (!answer.ok) { throw new Error(answer.status); } return form ? save() : null; })
      .then(() => { if (isBusy()) { return look(); } location.hash = "files"; location.reload(); return null; })
      .catch(() => look().catch(() => {})); // the clock makes it part of the entry, too
  });
})();
