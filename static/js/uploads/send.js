/* Sends one file in pieces over tus-js-client: patient, resumable after a reload or another day. */
document.querySelectorAll("[data-upload]").forEach((box) => {
  "use strict";
  if (!window.tus || !window.tus.isSupported) { return; } // the plain form is left
  const KB = 1024, FIRST = 512 * KB, LEAST = 128 * KB, FAST = 4000, FAST_ONES = 5, SILENT = 45000;
  const DELAYS = [0, 1, 3, 5, 10, 20, 30, 60]; // seconds, then 60 without end
  const facts = box.dataset, words = JSON.parse(facts.words), half = JSON.parse(facts.half);
  const most = +facts.chunk;
  const part = (name) => box.querySelector("[data-upload-" + name + "]");
  const form = part("form"), input = form.querySelector("input[type=file]"), run = part("run"), bar = run.querySelector("progress"), button = part("pause");
  let upload = null, file = null, key = "", url = "", isRunning = false, isPaused = false, isDone = false, isNew = false;
  let failures = 0, inARow = 0, fast = 0, chunk = Math.min(FIRST, most), timer = 0, movedAt = 0, pieceAt = 0, begunAt = 0, begunWith = 0, sent = 0, tenth = -1, lock = null;

  part("plain").hidden = true;
  const fill = (text, places) => text.replace(/\{(\w+)\}/g, (all, name) => name in places ? places[name] : all);
  const decimal = (n) => (n < 10 ? n.toFixed(1) : String(Math.round(n))).replace(".", words.decimal);
  function size(bytes) {
    if (bytes < KB) { return bytes + " " + words.bytes; }
    return bytes < KB * KB ? decimal(bytes / KB) + " " + words.kilo : decimal(bytes / KB / KB) + " " + words.mega;
  }
  const show = (name, text) => { part(name).textContent = text; };
  function say(text) { part("said").textContent = text; }
  function state(text) { if (part("state").textContent !== text) { show("state", text); if (text) { say(text); } } }

  /* What is remembered on this device; the server's own list fills in where storage was cleared. */
  const remember = () => { try { localStorage.setItem(key, url); } catch (error) { /* full, or private */ } };
  const forget = () => { try { localStorage.removeItem(key); } catch (error) { /* private */ } };
  function known(print) {
    const found = half.find((each) => each.fingerprint === print);
    if (found) { return found.url; }
    try { return localStorage.getItem(key) || ""; } catch (error) { return ""; }
  }

  function wrong(text) {
    const place = part("error");
    place.textContent = text;
    place.hidden = !text;
    if (text) { input.setAttribute("aria-invalid", "true"); input.focus(); } else { input.removeAttribute("aria-invalid"); }
  }
  function problem(chosen) {
    const suffixes = facts.suffixes ? facts.suffixes.split(",") : [];
    if (!chosen) { return words.none; }
    if (!chosen.size) { return words.empty; }
    if (chosen.size > +facts.most) { return fill(words.large, { size: size(chosen.size), most: size(+facts.most) }); }
    if (suffixes.length && !suffixes.some((each) => chosen.name.toLowerCase().endsWith(each))) { return fill(words.kind, { suffixes: suffixes.join(", ") }); }
    return "";
  }

  function stay(isWanted) { // the screen stays on where the browser lets it
    if (isWanted && !lock && navigator.wakeLock) {
      navigator.wakeLock.request("screen").then((got) => { lock = got; got.addEventListener("release", () => { lock = null; }); }).catch(() => {});
    } else if (!isWanted && lock) { lock.release(); lock = null; }
  }
  function draw(bytes) {
    const total = file.size, percent = total ? Math.floor(100 * bytes / total) : 100, seconds = (Date.now() - begunAt) / 1000;
    let text = fill(words.sending, { sent: size(bytes), size: size(total), percent: percent });
    if (seconds > 5 && bytes > begunWith) {
      const left = (total - bytes) * seconds / (bytes - begunWith);
      text += ", " + fill(words.left, { time: left < 90 ? fill(words.seconds, { n: Math.ceil(left / 5) * 5 }) : fill(words.minutes, { n: Math.ceil(left / 60) }) });
    }
    bar.value = percent;
    bar.textContent = text;
    show("counted", text);
    if (Math.floor(percent / 10) !== tenth) { tenth = Math.floor(percent / 10); say(text); }
  }

  function begin() {
    clearTimeout(timer);
    if (isPaused || isDone || isRunning) { return; }
    isRunning = true;
    movedAt = pieceAt = begunAt = Date.now();
    begunWith = -1;
    upload.options.chunkSize = chunk;
    stay(true);
    upload.start();
  }
  function stop() { isRunning = false; if (upload) { upload.abort(); } }
  function slower() {
    fast = 0;
    inARow += 1;
    if (inARow >= 2) { inARow = 0; chunk = Math.max(LEAST, Math.min(chunk, FIRST) / 2); }
  }
  function later(seconds, why) {
    isRunning = false;
    const wait = Math.max(seconds || 0, DELAYS[Math.min(failures, DELAYS.length - 1)]);
    failures += 1;
    if (navigator.onLine === false) { state(words.offline); }
    else if (wait > 1) { state(fill(why ? words.told : words.waiting, { n: wait, why: why })); }
    clearTimeout(timer);
    timer = setTimeout(begin, wait * 1000);
  }
  function wake() {
    if (upload && !isRunning && !isPaused && !isDone) { failures = Math.min(failures, 1); begin(); }
  }
  function halt(text) { // nothing more by itself; the form is back
    isRunning = false;
    clearTimeout(timer);
    stay(false);
    if (upload) { upload.abort(); }
    upload = null;
    run.hidden = true;
    form.hidden = false;
    wrong(text);
  }

  function failed(error) {
    const answer = error.originalResponse, status = answer ? answer.getStatus() : 0;
    let body = {};
    try { body = JSON.parse(answer.getBody()); } catch (also) { /* no JSON */ }
    isRunning = false;
    if (status === 401) { halt(words.signin); return; }
    if (body.error === "csrf") { halt(words.reload); return; }
    if ((status === 404 || status === 410) && !isNew) { forget(); url = ""; make(); begin(); return; } // gone: from the start
    if (status === 409 && body.error === "offset") { later(0); return; }
    if (status === 413 && body.error === "beyond") { chunk = LEAST; later(1); return; }
    if (status >= 400 && status < 500 && ![400, 408, 423, 425, 429, 460].includes(status)) { halt(body.message || words.reload); return; }
    if ((status === 503 || status === 507) && body.message) { inARow = 0; later(body.wait_s, body.message); return; } // not the link's fault
    slower();
    if (status) { later(body.wait_s); return; }
    Uploads.bytes(file.slice(0, 1)).then(() => later(0), () => halt(words.changed));
  }
  function received(tries) {
    fetch(url + "/receipt", { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } })
      .then((answer) => { if (!answer.ok) { throw new Error(answer.status); } return answer.json(); })
      .then((got) => {
        if (got.sha256) { show("sha", fill(words.sha, { sha: got.sha256 })); say(part("stored").textContent); }
        else { setTimeout(() => received(tries + 1), Math.min(15000, 1000 * (tries + 1))); }
      })
      .catch(() => setTimeout(() => received(tries + 1), Math.min(60000, 2000 * (tries + 1))));
  }
  function finished() {
    isDone = true;
    isRunning = false;
    stay(false);
    forget();
    run.hidden = true;
    const code = url.split("/").pop(), into = facts.into && document.getElementById(facts.into);
    if (into && into.elements.upload) { into.elements.upload.value = code; }
    show("stored", fill(words.stored, { name: file.name, size: size(file.size) }));
    show("sha", words.finishing);
    part("receipt").href = url + "/receipt";
    part("done").hidden = false;
    part("done").focus();
    box.dispatchEvent(new CustomEvent("upload:received", { bubbles: true, detail: { code: code, name: file.name, length: file.size } }));
    received(0);
  }

  function make() {
    isNew = !url;
    upload = new window.tus.Upload(file, {
      endpoint: url ? null : facts.upload,
      uploadUrl: url || null,
      chunkSize: chunk,
      retryDelays: null, // patience is ours: see `later`
      storeFingerprintForResuming: false,
      headers: { "X-CSRFToken": facts.token, "Accept": "application/json" },
      metadata: { filename: file.name, filetype: file.type || "", purpose: facts.purpose, subject: facts.subject, fingerprint: key.split("|").pop() },
      onUploadUrlAvailable() {
        url = new URL(upload.url, location.href).pathname;
        isNew = false;
        upload.options.endpoint = null; // a HEAD that fails must not begin anew by itself
        remember();
      },
      onProgress(bytes) {
        if (begunWith < 0) { begunWith = bytes; if (bytes > 0 && bytes < file.size && !sent) { state(fill(words.goes_on, { sent: size(bytes) })); } }
        if (bytes !== sent) { movedAt = Date.now(); }
        sent = bytes;
        draw(bytes);
      },
      onChunkComplete() {
        failures = inARow = 0;
        const took = Date.now() - pieceAt;
        pieceAt = movedAt = Date.now();
        fast = took < FAST ? fast + 1 : 0;
        if (fast >= FAST_ONES) { fast = 0; chunk = Math.min(most, chunk * 2); }
        upload.options.chunkSize = chunk;
        if (part("state").textContent) { show("state", ""); }
      },
      onSuccess: finished,
      onError: failed,
    });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    file = input.files[0];
    wrong(problem(file));
    if (problem(file)) { return; }
    say(words.reading);
    Uploads.fingerprint(file).then((print) => {
      key = "upload|" + facts.account + "|" + facts.purpose + "|" + facts.subject + "|" + print;
      url = known(print);
      form.hidden = true;
      if (part("half")) { part("half").hidden = true; }
      run.hidden = false;
      isPaused = isDone = false;
      failures = inARow = fast = sent = 0;
      tenth = -1;
      chunk = Math.min(FIRST, most);
      button.textContent = words.pause;
      show("name", file.name);
      make();
      begin();
      button.focus();
    }, () => wrong(words.changed));
  });
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? words.resume : words.pause;
    if (isPaused) { clearTimeout(timer); stop(); stay(false); state(fill(words.paused, { sent: size(sent) })); } else { state(""); failures = 0; begin(); }
  });
  box.querySelectorAll("[data-upload-drop]").forEach((each) => {
    each.hidden = false;
    each.addEventListener("click", () => {
      fetch(each.dataset.uploadDrop, { method: "DELETE", credentials: "same-origin", headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": facts.token, "Accept": "application/json" } })
        .then((answer) => { if (answer.ok || answer.status === 404 || answer.status === 410) { each.closest("li").remove(); say(words.dropped); input.focus(); } })
        .catch(() => say(words.offline));
    });
  });
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { wake(); if (isRunning) { stay(true); } } });
  window.addEventListener("offline", () => { if (isRunning) { state(words.offline); } });
  window.addEventListener("beforeunload", (event) => { if (upload && !isDone && !isPaused && !run.hidden) { event.preventDefault(); } });
  /* A link that is up but carries nothing: ask anew. */
  setInterval(() => { if (isRunning && Date.now() - movedAt > SILENT) { stop(); slower(); later(0); } }, 5000);
});
