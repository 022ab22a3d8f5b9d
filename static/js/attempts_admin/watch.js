/* Brings the live page's figures anew; rests while nobody looks, waits longer when it fails. */
(function () {
  "use strict";
  const box = document.querySelector("[data-live]"), state = document.querySelector("[data-live-state]");
  const EVERY = 12000, LONGEST = 60000; // milliseconds
  let wait = EVERY, timer = 0, isAsking = false;

  function say(what) { state.hidden = false; state.textContent = state.dataset[what]; }
  function later() { clearTimeout(timer); timer = setTimeout(ask, wait * (.9 + Math.random() * .2)); }
  /* What was open stays open, and who was on a link stays on it. */
  function draw(html) {
    const here = document.activeElement, on = box.contains(here) && here.getAttribute("href");
    const open = [].map.call(box.querySelectorAll("details[open]"), (one) => one.dataset.keep);
    box.innerHTML = html;
    open.forEach((name) => { const one = box.querySelector("[data-keep='" + name + "']"); if (one) { one.open = true; } });
    if (on) { const link = [].filter.call(box.querySelectorAll("a"), (one) => one.getAttribute("href") === on)[0]; if (link) { link.focus({ preventScroll: true }); } }
  }
  function ask() {
    if (document.hidden || isAsking) { return; }
    isAsking = true;
    fetch(box.dataset.live, { credentials: "same-origin", cache: "no-store" })
      .then((answer) => {
        if (answer.redirected || answer.status === 403 || answer.status === 404) { location.reload(); throw new Error("gone"); }
        if (!answer.ok) { throw new Error(answer.status); }
        return answer.text();
      })
      .then((html) => { wait = EVERY; draw(html); say("fresh"); })
      .catch(() => { wait = Math.min(LONGEST, wait * 2); say("stale"); })
      .then(() => { isAsking = false; later(); });
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) { clearTimeout(timer); } else { ask(); } });
  say("fresh");
  later();
})();
