/* The judge's sheet: saved as one types, kept on this device until the server has it, summed up,
   set by keys. Without this file the page is a plain form that works. */
(function () {
  "use strict";
  const FIRST_WAIT = 1000, LONGEST_WAIT = 15000, TYPING = 1200, PATIENCE = 20000; // milliseconds
  const page = document.getElementById("judge"), form = document.getElementById("sheet-form");
  const words = document.getElementById("words").dataset, facts = page.dataset;
  const light = document.getElementById("light"), notice = document.getElementById("notice");
  const region = document.getElementById("say"), known = form.elements.known;
  const key = "sheet:" + facts.keep;
  light.hidden = false; // its place is kept from the start: what it says must not move a button under the finger
  light.dataset.state = "";
  const all = (box, selector) => [].slice.call(box.querySelectorAll(selector));
  const fill = (text, places) => text.replace(/\{(\w+)\}/g, (_, name) => places[name]);
  const comma = document.documentElement.lang === "vi" ? "," : ".";

  function say(text) { region.textContent = region.textContent === text ? text + "\u00a0" : text; }
  function show(text, link, isChoice) {
    const anchor = notice.querySelector("[data-link]");
    notice.hidden = false;
    notice.querySelector("[data-words]").textContent = text;
    anchor.hidden = !link;
    if (link) { anchor.textContent = words[link + "Link"]; anchor.href = link === "signIn" ? facts.signIn : facts.here; }
    all(notice, "[data-mine],[data-theirs]").forEach((button) => { button.hidden = !isChoice; });
    say(text);
    notice.scrollIntoView({ block: "center" });
  }

  /* The criteria */
  const boxes = all(form, ".criterion").map((field) => {
    const code = field.dataset.code, radios = all(field, "input[type=radio]"), input = field.querySelector(".input");
    return {
      field: field, code: code, radios: radios, input: input,
      get: () => { const chosen = radios.filter((one) => one.checked)[0]; return input ? input.value.trim() : chosen ? chosen.value : ""; },
      set: (text) => {
        if (input) { input.value = text; return; }
        const wanted = text === "" ? NaN : +text.replace(",", ".");
        (radios.filter((one) => one.value !== "" && +one.value === wanted)[0] || radios[radios.length - 1]).checked = true; // the last one: no points
      },
    };
  });
  const number = (text) => /^\d{1,6}([.,]\d{1,4})?$/.test(text) ? +text.replace(",", ".") : NaN;
  function count() {
    const place = form.querySelector("[data-total]"), wanted = boxes.filter((box) => "counted" in box.field.dataset);
    let got = 0, most = 0, given = 0;
    wanted.forEach((box) => {
      const points = number(box.get()), rule = box.field.dataset;
      most += +rule.weight * +rule.most;
      if (!isNaN(points) && points >= +rule.least && points <= +rule.most) { given += 1; got += +rule.weight * points; }
    });
    const total = (Math.round(got / most * 10000) / 100).toString().replace(".", comma);
    place.textContent = given === wanted.length ? fill(place.dataset.whole, { total: total }) : fill(place.dataset.part, { n: given, all: wanted.length });
  }

  /* What is written here, what the server has */
  const read = () => {
    const scores = {};
    boxes.forEach((box) => { if (box.get() !== "") { scores[box.code] = box.get(); } });
    return { scores: scores, comment: form.elements.comment.value, note: form.elements.note.value };
  };
  function write(sheet) {
    boxes.forEach((box) => box.set(sheet.scores[box.code] || ""));
    form.elements.comment.value = sheet.comment;
    form.elements.note.value = sheet.note;
    count();
  }
  const tidy = (text) => text.normalize("NFC").replace(/\r\n/g, "\n").trim();
  const print = (sheet) => JSON.stringify([boxes.map((box) => (sheet.scores[box.code] || "").replace(",", ".")), tidy(sheet.comment), tidy(sheet.note)]);
  let stored = print(read()), sent = "", failures = 0, timer = 0, isSending = false, isHalted = false, isOffline = false, theirs = null;
  let waiting = [];
  const isDirty = () => print(read()) !== stored;

  function keep() {
    try {
      if (isDirty()) { localStorage.setItem(key, JSON.stringify({ sheet: read(), known: known.value, sent: sent })); } else { localStorage.removeItem(key); }
    } catch (error) { /* full, or private: the server is the only place */ }
  }
  function lit(state) {
    light.dataset.state = { saved: "saved", sending: "waiting" }[state] || "offline";
    light.firstChild.textContent = words[state];
    if (state === "offline" && !isOffline) { isOffline = true; say(words.offline); }
    if (state === "saved" && isOffline) { isOffline = false; say(words.back); }
  }
  function settle() {
    const isDone = !isDirty() && !isHalted;
    if (!isDone && !isHalted && !failures) { return; }
    waiting.forEach((done) => done(isDone));
    waiting = [];
  }
  function later(wait) { clearTimeout(timer); timer = setTimeout(flush, wait); }
  function request(extra) {
    return fetch(facts.save, Object.assign({
      method: "POST", credentials: "same-origin", cache: "no-store",
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      body: JSON.stringify(Object.assign(read(), { known: known.value })),
    }, extra));
  }
  function flush() {
    clearTimeout(timer);
    if (isSending || isHalted) { return; }
    if (!isDirty()) { keep(); if (light.dataset.state) { lit("saved"); } settle(); return; }
    const abort = new AbortController(), giveUp = setTimeout(() => abort.abort(), PATIENCE), body = print(read());
    let status = 0;
    isSending = true;
    sent = body;
    keep();
    if (!failures) { lit("sending"); }
    request({ signal: abort.signal })
      .then((answer) => { status = answer.status; return answer.json(); })
      .then((told) => received(status, told, body), () => { isSending = false; fail(status >= 500 ? "busy" : "offline"); })
      .then(() => clearTimeout(giveUp));
  }
  function received(status, told, body) {
    isSending = false;
    if (status === 200 && typeof told.known === "string") {
      failures = 0;
      known.value = told.known;
      stored = body;
      flush();
    } else if (status === 409 && told.error === "newer") { meet(told, body, words.newer);
    } else if (status === 401) { halt("signIn");
    } else if (status === 400) { halt("reload");
    } else if (status === 409 || status === 404 || status === 403 || status === 422) {
      isHalted = true;
      lit("stopped");
      show(told.message || words.stopped, "");
      keep();
      settle();
    } else { fail(status === 429 || status >= 500 ? "busy" : "offline", told.wait_s); }
  }
  function fail(state, seconds) {
    failures += 1;
    lit(state);
    settle();
    later(seconds ? seconds * 1000 : Math.min(LONGEST_WAIT, FIRST_WAIT * Math.pow(2, failures - 1)) * (.7 + Math.random() * .6));
  }
  function halt(why) { isHalted = true; lit("offline"); show(words[why], why); keep(); settle(); }
  /* The server holds another text: our own, whose answer was lost, or one of another page. */
  function meet(told, mine, sentence) {
    if (print(told) === mine || print(told) === sent) { known.value = told.known; stored = print(told); failures = 0; flush(); return; }
    isHalted = true;
    theirs = told;
    lit("stopped");
    show(sentence, "", true);
    keep();
    settle();
  }
  function choose(isMine) {
    known.value = theirs.known;
    stored = print(theirs);
    if (!isMine) { write(theirs); }
    isHalted = false;
    theirs = null;
    notice.hidden = true;
    flush();
  }
  notice.querySelector("[data-mine]").addEventListener("click", () => choose(true));
  notice.querySelector("[data-theirs]").addEventListener("click", () => choose(false));

  function changed(wait) { count(); keep(); if (failures) { lit("offline"); } else { later(wait); } }
  form.addEventListener("input", (event) => changed(event.target.type === "radio" ? 0 : TYPING));
  form.addEventListener("change", () => changed(0));
  addEventListener("online", () => { failures = 0; flush(); });
  function leave() {
    keep();
    if (isDirty() && !isHalted && !isSending) { sent = print(read()); keep(); try { request({ keepalive: true }).catch(() => {}); } catch (error) { /* it is kept here */ } }
  }
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.hidden) { leave(); } else { flush(); } });
  addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });

  /* Handing in: first all is saved, so that a lost link loses nothing and the page stays */
  let isLeaving = false;
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (isLeaving) { return; }
    event.preventDefault();
    const go = () => {
      isLeaving = true;
      if (button) { form.requestSubmit(button); } else { form.submit(); }
    };
    if ("newer" in facts) { go(); return; } // what to keep was just asked, this is the answer
    if (theirs) { notice.scrollIntoView({ block: "center" }); return; }
    waiting.push((isDone) => {
      if (!isDone) { if (notice.hidden) { show(words.cannot, ""); } return; }
      fetch(facts.here, { method: "HEAD", cache: "no-store", credentials: "same-origin" }).then(go, () => show(words.cannot, ""));
    });
    failures = 0;
    flush();
  });

  /* Keys: only inside a criterion; Ctrl + Enter anywhere in the form */
  let digits = "", typedAt = 0;
  function tune(box, by) {
    const rule = box.field.dataset, now = number(box.get());
    const next = isNaN(now) ? +rule.least : Math.min(+rule.most, Math.max(+rule.least, now + by * +rule.by));
    box.set((Math.round(next * 10000) / 10000).toString().replace(".", comma));
    changed(TYPING);
    say(box.get());
  }
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); form.requestSubmit(form.querySelector("[name=go][value=submit]")); return; }
    const field = event.target.closest(".criterion");
    if (!field || event.ctrlKey || event.altKey || event.metaKey) { return; }
    const box = boxes.filter((one) => one.field === field)[0];
    if (box.input === event.target && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      tune(box, event.key === "ArrowUp" ? 1 : -1);
    }
    if (box.radios.length && (event.key === "Delete" || event.key === "Backspace")) {
      event.preventDefault();
      const none = box.radios[box.radios.length - 1];
      none.focus();
      none.click();
    }
    if (box.radios.length && /^\d$/.test(event.key)) {
      event.preventDefault();
      digits = event.timeStamp - typedAt < 800 ? digits + event.key : event.key;
      typedAt = event.timeStamp;
      const find = (text) => box.radios.filter((one) => one.value !== "" && +one.value === +text)[0];
      const found = find(digits) || find(event.key);
      if (found) { found.focus(); found.click(); }
    }
  });
  all(form, "[data-step]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => tune(boxes.filter((one) => one.field === button.closest(".criterion"))[0], +button.dataset.step));
  });
  all(form, "[data-keys]").forEach((part) => { part.hidden = false; });

  /* What was written here and never acknowledged */
  (function () {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(key)); } catch (error) { return; }
    if (!kept || "newer" in facts || print(kept.sheet) === stored) { keep(); return; }
    if (document.querySelector("[data-error-summary]")) { return; } // the page shows what was just sent
    const here = Object.assign(read(), { known: known.value });
    sent = kept.sent;
    write(kept.sheet);
    if (kept.known === known.value || print(here) === sent) { flush(); return; }
    meet(here, print(read()), words.older);
  })();
  count();
})();
