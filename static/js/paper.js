/* The exam page: each choice saved at once, the clock, moving about, handing in.
   Without this file the page is a plain form that works. */
(function () {
  "use strict";
  const Paper = window.Paper, all = Paper.all, fill = Paper.fill;
  const page = document.getElementById("paper"), form = document.getElementById("paper-form");
  const words = document.getElementById("words").dataset, facts = page.dataset;
  const light = document.getElementById("light"), notice = document.getElementById("notice");
  const isEasy = document.documentElement.hasAttribute("data-easy");
  const isSingle = "single" in facts, isOneWay = "oneWay" in facts;
  const MINUTE = 60000, HOUR = 60 * MINUTE, FAR = 20 * HOUR, PATIENCE = 5000; // milliseconds
  if (location.pathname !== facts.reload) { history.replaceState(null, "", facts.reload); } // a form's answer: loading again asks the paper
  let current = +facts.current, isLocked = false, wasOffline = false, wants = null;

  /* The server's clock. It ticks by performance.now(): a phone's own clock may be changed. */
  const clock = (function () {
    const meta = document.querySelector("meta[name=server-now]");
    const arrived = performance.getEntriesByType && performance.getEntriesByType("navigation")[0];
    let ahead = +meta.content - (arrived && arrived.responseStart || 0), best = Infinity;
    let wall = Date.now() - performance.now();
    return {
      now: () => ahead + performance.now(),
      hear: (nowMs, begun, ended) => {
        const trip = ended - begun;
        if (trip > best * 1.5 && trip > 400) { best *= 1.2; return; } // a slow answer tells less
        best = trip;
        ahead = nowMs + trip / 2 - ended;
      },
      woke: () => { // performance.now() may have slept with the phone
        const slept = Date.now() - performance.now() - wall;
        wall += slept;
        if (slept > 2000) { ahead += slept; }
      },
    };
  })();
  let deadline = +facts.deadline, pausedAt = +facts.paused;
  function hear(body) { deadline = body.deadline_ms; pausedAt = body.paused_ms; }
  const remaining = () => Math.max(0, deadline - (pausedAt || clock.now()));

  const region = document.getElementById("say");
  function say(text) { region.textContent = region.textContent === text ? text + "\u00a0" : text; }

  function show(text, link) {
    notice.hidden = false;
    notice.querySelector("[data-words]").textContent = text;
    const anchor = notice.querySelector("[data-link]");
    anchor.hidden = !link;
    if (link) { anchor.textContent = words[link + "Link"]; anchor.href = facts[link]; }
    say(text);
    notice.scrollIntoView({ block: "center" });
  }
  function lock() {
    isLocked = true;
    cards.forEach((card) => card.lock());
    all(form, "[data-move],[data-keep],[data-clear],.steer button,.paperbar button").forEach((button) => { button.disabled = true; });
  }

  /* Saving */
  const saving = Paper.saving({
    code: facts.code, url: facts.answer, epoch: +facts.epoch, now: clock.now,
    token: form.elements.csrf_token.value,
  }, {
    light: (state) => {
      light.hidden = false;
      light.dataset.state = { sending: "waiting", saved: "saved" }[state] || "offline";
      light.firstChild.textContent = words[state];
      if (state === "offline" && !wasOffline) { wasOffline = true; say(words.offline); }
      if (state === "saved" && wasOffline) { wasOffline = false; say(words.back); }
    },
    saved: (rows, body, begun, ended) => {
      clock.hear(body.now_ms, begun, ended);
      hear(body);
      rows.forEach((row) => { const card = byNo[row.no]; if (card) { card.known(row.value); } });
      if (rows.some((row) => row.seq < +facts.epoch)) { location.replace(facts.reload); } // this phone's choices from before the other one: see who won
    },
    refused: (no, text) => { if (byNo[no]) { byNo[no].problem(text + " " + words.refused); mark(byNo[no], true); } },
    halted: (why) => show(why === "reload" ? words.reload : words.signIn, why === "reload" ? "reload" : "signIn"),
    stopped: (text, count, isForeign) => {
      lock();
      if (isForeign) { show(text, ""); } else { show(text + " " + (count ? fill(words.late, { n: count }) : words.closed), "result"); }
    },
    elsewhere: () => {
      lock();
      document.getElementById("elsewhere").hidden = false;
      document.getElementById("elsewhere").scrollIntoView({ block: "center" });
    },
  });

  /* The questions */
  const byNo = {};
  const cards = all(form, ".question").map((box) => byNo[box.dataset.no] = Paper.card(box, words, say, (card) => {
    mark(card);
    saving.put(card.no, card.get());
  }));
  const order = cards.filter((card) => card.no > 0);
  const last = order.length ? order[order.length - 1].no : 0;
  const change = page.querySelector("[data-steer=change]");

  function mark(card, isRefused) {
    const isAnswered = !isRefused && !card.isBlank();
    const link = form.querySelector("[data-to='" + card.no + "']");
    if (link) {
      link.dataset.state = isAnswered ? "answered" : "blank";
      link.lastElementChild.textContent = ", " + words[isAnswered ? "answered" : "blank"];
    }
    if (change && card.no === current) { change.hidden = !isAnswered; }
    count();
  }
  function count() {
    const place = page.querySelector("[data-count]");
    if (place) { place.textContent = fill(place.dataset.words, { n: order.filter((card) => !card.isBlank()).length, total: facts.total }); }
  }

  /* What was chosen here and never acknowledged wins over what the server sent with the page. */
  saving.rows().forEach((row) => {
    const card = byNo[row.no];
    if (card && row.seq >= +facts.epoch) { card.set(row.value); mark(card); }
  });
  count();
  saving.flush();

  /* Moving about */
  function goTo(no) {
    current = no;
    cards.forEach((card) => { card.box.hidden = card.no ? card.no !== no : no !== last; });
    all(page, "[data-steer]").forEach((button) => {
      const what = button.dataset.steer;
      if (what === "next") { button.value = no + 1; button.hidden = no === last; }
      if (what === "back") { button.value = no - 1; button.hidden = no === 1; }
      if (what === "last") { button.hidden = no !== last; }
      if (what === "change") { button.href = "#question-" + no; button.hidden = byNo[no].isBlank(); }
    });
    all(page, "[data-to]").forEach((button) => {
      if (+button.dataset.to === no) { button.setAttribute("aria-current", "true"); } else { button.removeAttribute("aria-current"); }
    });
    all(page, ".goto[open]").forEach((list) => { list.open = false; });
    history.replaceState(null, "", location.pathname + "?q=" + no);
    if (Paper.hush) { Paper.hush(); }
    byNo[no].legend.focus({ preventScroll: true });
    byNo[no].box.scrollIntoView();
  }

  /* A step that needs the network: everything is sent first; without network it waits for it. */
  function later(what, sentence) {
    wants = what;
    if (navigator.onLine === false) { show(sentence, ""); } else { say(words.sending); }
    saving.settled(PATIENCE).then((isSent) => isSent && navigator.onLine !== false ? reaches() : false).then((may) => {
      if (wants !== what || isLocked) { return; }
      if (may) { wants = null; what(); } else { if (notice.hidden) { show(sentence, ""); } setTimeout(() => { if (wants === what) { later(what, sentence); } }, PATIENCE); }
    });
  }
  function reaches() {
    return fetch(facts.confirm, { method: "HEAD", cache: "no-store", credentials: "same-origin", redirect: "manual" }).then(() => true, () => false);
  }
  const handIn = () => { location.href = facts.confirm; };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[name=go]");
    if (!button) { return; }
    event.preventDefault();
    if (isLocked) { return; }
    cards.forEach((card) => { if (card.settle) { card.settle(); } });
    const go = button.value;
    if ("default" in button.dataset || go === "save") { saving.wake();
    } else if (go === "hand-in") { later(handIn, words.cannotHandIn);
    } else if (/^(next|skip)-/.test(go)) { later(() => leaveFor(go), words.cannotGoOn);
    } else { goTo(+go); }
  });
  function leaveFor(go) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "go";
    field.value = go;
    form.appendChild(field);
    form.submit();
  }
  if (change) {
    change.addEventListener("click", (event) => {
      event.preventDefault();
      const card = byNo[current];
      const chosen = card.options.filter((one) => one.checked)[0] || card.options[0] || card.box.querySelector("input:not([type=hidden]),select:not([hidden]),[data-move]");
      chosen.focus();
      card.box.scrollIntoView();
    });
  }
  all(page, "[data-plain]").forEach((part) => { part.hidden = true; });

  /* Keys, only while the focus is inside a question, never while typing or in a list */
  all(page, "[data-keys]").forEach((part) => { part.hidden = false; });
  form.addEventListener("keydown", (event) => {
    const box = event.target.closest(".question");
    const isTyping = event.target.matches("select,textarea,input:not([type=radio]):not([type=checkbox])");
    if (!box || isTyping || isLocked || event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) { return; }
    const card = byNo[box.dataset.no], key = event.key.toLowerCase();
    const at = "123456789".indexOf(key) >= 0 ? "123456789".indexOf(key) : "abcdefgh".indexOf(key);
    if (at >= 0 && card.options[at]) { event.preventDefault(); card.options[at].focus(); card.options[at].click(); }
    const step = { n: 1, p: -1 }[key], next = step && !isOneWay && byNo[card.no + step];
    if (next && next.no) {
      event.preventDefault();
      if (isSingle) { goTo(next.no); } else { next.legend.focus(); next.box.scrollIntoView(); }
    }
  });

  /* The clock: quiet in easy mode */
  const bar = document.getElementById("clock"), label = bar.querySelector(".countdown__label"), time = bar.querySelector(".countdown__time");
  let spoken = Infinity, isUp = false;
  const two = (n) => (n < 10 ? "0" : "") + n;
  function inWords(left) {
    const minutes = Math.ceil(left / MINUTE), seconds = Math.ceil(left / 1000);
    if (isEasy && left < MINUTE) { return words.lastMinute; }
    if (seconds < 60) { return fill(words.seconds, { n: seconds }); }
    return minutes < 60 ? fill(words.minutes, { n: minutes }) : fill(words.hours, { h: Math.floor(minutes / 60), n: minutes % 60 });
  }
  function inDigits(left) {
    const seconds = Math.ceil(left / 1000), h = Math.floor(seconds / 3600), m = Math.floor(seconds % 3600 / 60);
    return (h ? h + ":" + two(m) : m) + ":" + two(seconds % 60);
  }
  function speak(left) { // each minute, then at 30, 10 and 5 seconds; in easy mode each 5 minutes and the last one
    const marks = isEasy ? [1] : [1, .5, 1 / 6, 1 / 12];
    const step = left <= MINUTE ? 0 : isEasy ? 5 : 1;
    const mark = step ? Math.ceil(left / (step * MINUTE)) * step : marks.filter((one) => left <= one * MINUTE + 500).pop();
    if (mark === undefined || mark >= spoken) { return; }
    if (spoken !== Infinity) { say(inWords(left)); }
    spoken = mark;
  }
  function tick() {
    const left = remaining();
    if (left < FAR) {
      label.textContent = pausedAt ? words.stands : isEasy ? "" : words.left;
      const shown = isEasy ? inWords(left) : inDigits(left);
      if (time.textContent !== shown) { time.textContent = shown; }
      if (!isEasy && left < 5 * MINUTE) { bar.dataset.low = ""; } else { delete bar.dataset.low; }
      speak(left);
    }
    if (left > spoken * MINUTE + MINUTE) { spoken = Infinity; } // more time was given
    if (left === 0 && !pausedAt && !isUp && !saving.isOver()) { isUp = true; timeUp(); }
    setTimeout(tick, left < FAR ? (left % 1000 || 1000) + 5 : MINUTE);
  }
  if (remaining() < FAR) { bar.setAttribute("role", "timer"); bar.setAttribute("aria-live", "off"); }

  /* At zero: the last choices inside the grace, then the paper itself, spread over some seconds */
  function timeUp() {
    cards.forEach((card) => { if (card.settle) { card.settle(); } });
    lock();
    show(words.timeUp, "");
    wants = null;
    const end = deadline + +facts.grace;
    const pause = new Promise((resolve) => setTimeout(resolve, Math.random() * 3000));
    Promise.all([saving.settled(Math.max(0, end - clock.now() - 2000)), pause]).then(submit);
    function submit() {
      if (saving.isOver()) { return; }
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      fetch(facts.handIn, { method: "POST", body: body, credentials: "same-origin", redirect: "manual" }).then((response) => {
        const isDone = response.type === "opaqueredirect";
        setTimeout(() => { location.replace(facts.result); }, isDone ? 0 : Math.max(1000, end - clock.now() + 1500));
      }, () => {
        show(fill(words.timeUpOffline, { n: saving.rows().length }), "result");
        setTimeout(submit, 3000 + Math.random() * 3000);
      });
    }
  }
  tick();
  Paper.news(facts.news, +facts.acts, (body) => {
    hear(body);
    if (isUp && remaining() && !saving.isOver()) { location.replace(facts.reload); } // time was given at the last moment
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { clock.woke(); } });
  addEventListener("online", () => { if (wants) { later(wants, isOneWay ? words.cannotGoOn : words.cannotHandIn); } });
  addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });
  addEventListener("beforeunload", (event) => {
    if (!isEasy && !isLocked && saving.has() && saving.isOffline()) { event.preventDefault(); event.returnValue = ""; }
  });

  /* Reading aloud, where the phone has a voice for the page's language */
  const voices = window.speechSynthesis;
  function addVoice() {
    const language = document.documentElement.lang;
    const voice = voices.getVoices().filter((one) => one.lang.slice(0, 2).toLowerCase() === language)[0];
    if (!voice || Paper.hush) { return; }
    Paper.hush = () => { voices.cancel(); all(form, ".read").forEach((button) => button.setAttribute("aria-pressed", "false")); };
    cards.forEach((card) => {
      const button = Paper.tool("read").firstChild;
      card.legend.parentNode.insertBefore(button, card.legend.nextSibling);
      button.addEventListener("click", () => {
        const isOn = button.getAttribute("aria-pressed") === "true";
        Paper.hush();
        if (isOn) { return; }
        button.setAttribute("aria-pressed", "true");
        const parts = [card.legend].concat(all(card.box, ".choice:not(.choice--blank) label,.order__text,.match__row label,.label"));
        const spokenText = new SpeechSynthesisUtterance(parts.map((part) => part.textContent.trim().replace(/\s+/g, " ")).join(". "));
        spokenText.voice = voice;
        spokenText.lang = voice.lang;
        spokenText.rate = isEasy ? .85 : .95;
        spokenText.onend = spokenText.onerror = () => button.setAttribute("aria-pressed", "false");
        voices.speak(spokenText);
      });
    });
    addEventListener("pagehide", Paper.hush);
  }
  if (voices) { addVoice(); voices.addEventListener && voices.addEventListener("voiceschanged", addVoice); }
})();
