/* The queue of choices not yet received by the server: kept on the phone, sent in the background. */
(function () {
  "use strict";
  const Paper = window.Paper = window.Paper || {};
  const FIRST_WAIT = 1000, LONGEST_WAIT = 15000, PATIENCE = 20000; // milliseconds

  /* `tell`: light(state), saved(rows, facts), refused(no, words), halted(why), stopped(words, count), elsewhere(). */
  Paper.saving = (facts, tell) => {
    const key = "paper:" + facts.code;
    let kept = { last: 0, waiting: {} }; // where there is no localStorage
    let failures = 0, timer = 0, isSending = false, isOver = false, isHalted = false, oneByOne = false, last = 0;
    let listeners = [];

    function read() {
      try {
        const text = localStorage.getItem(key);
        if (text || !kept.isPrivate) { kept = text ? JSON.parse(text) : { last: kept.last, waiting: {} }; }
      } catch (error) { kept.isPrivate = true; }
      return kept;
    }
    function write(queue) {
      kept = queue;
      try {
        if (Object.keys(queue.waiting).length) { localStorage.setItem(key, JSON.stringify(queue)); } else { localStorage.removeItem(key); }
      } catch (error) { // full, or private: what is there is old now
        kept.isPrivate = true;
        try { localStorage.removeItem(key); } catch (also) { /* nothing is there */ }
      }
    }
    function rows() {
      const waiting = read().waiting;
      return Object.keys(waiting).map((no) => ({ no: +no, value: waiting[no].value, seq: waiting[no].seq })).sort((a, b) => a.seq - b.seq);
    }
    function drop(sent) {
      const queue = read();
      sent.forEach((row) => { const one = queue.waiting[row.no]; if (one && one.seq === row.seq) { delete queue.waiting[row.no]; } });
      write(queue);
    }
    function settle() {
      if (rows().length && !isOver) { return; }
      listeners.forEach((done) => done());
      listeners = [];
    }
    function again(wait) {
      clearTimeout(timer);
      timer = setTimeout(flush, wait);
    }
    function backOff(state, seconds) {
      failures += 1;
      const wait = seconds ? seconds * 1000 : Math.min(LONGEST_WAIT, FIRST_WAIT * Math.pow(2, failures - 1));
      tell.light(state);
      again(wait * (seconds ? 1 + Math.random() * .3 : .7 + Math.random() * .6));
    }
    function request(batch, extra) {
      return fetch(facts.url, Object.assign({
        method: "POST", credentials: "same-origin", cache: "no-store",
        headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": facts.token },
        body: JSON.stringify({ answers: batch }),
      }, extra));
    }

    function flush() {
      clearTimeout(timer);
      if (isSending || isOver || isHalted) { return; }
      let batch = rows();
      if (!batch.length) { oneByOne = false; tell.light("saved"); settle(); return; }
      if (oneByOne) { batch = batch.slice(0, 1); }
      isSending = true;
      if (!failures) { tell.light("sending"); }
      const abort = window.AbortController ? new AbortController() : null;
      const giveUp = abort ? setTimeout(() => abort.abort(), PATIENCE) : 0;
      const begun = performance.now();
      let status = 0;
      request(batch.slice(0, 100), abort ? { signal: abort.signal } : {})
        .then((response) => { status = response.status; return response.json(); })
        .then((body) => received(status, body, batch, begun), () => failed(status))
        .then(() => { clearTimeout(giveUp); });
    }
    function failed(status) { // no network, or a page that is not ours (a portal of a café)
      isSending = false;
      backOff(status >= 500 ? "busy" : "offline");
    }
    function received(status, body, batch, begun) {
      isSending = false;
      if (status === 200 && Array.isArray(body.saved)) {
        failures = 0;
        drop(batch);
        tell.saved(batch, body, begun, performance.now());
        if (body.is_elsewhere) { tell.elsewhere(); }
        flush();
      } else if (status === 409 || status === 404) { stop(body.message, status === 404);
      } else if (status === 422 || status === 403) {
        if (batch.length > 1) { oneByOne = true; } else { drop(batch); tell.refused(batch[0].no, body.message || ""); }
        flush();
      } else if (status === 401) { halt("sign-in");
      } else if (status === 400) { halt("reload");
      } else { backOff(status === 429 || status === 503 || status >= 500 ? "busy" : "offline", body.wait_s); }
    }
    function halt(why) { isHalted = true; tell.light("waiting"); tell.halted(why); }
    function stop(words, isForeign) {
      const count = rows().length;
      isOver = true;
      clearTimeout(timer);
      if (!isForeign) { write({ last: kept.last, waiting: {} }); }
      tell.light("stopped");
      tell.stopped(words, count, isForeign);
      settle();
    }
    function wake() {
      isHalted = false;
      failures = 0;
      flush();
    }
    /* The page is going: a last try that outlives it. What is kept stays kept until acknowledged. */
    function leave() {
      const batch = rows();
      if (!batch.length || isOver) { return; }
      try { request(batch, { keepalive: true }).catch(() => {}); } catch (error) { /* it is on the phone */ }
    }
    addEventListener("online", wake);
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", () => { if (document.hidden) { leave(); } else { wake(); } });

    return {
      rows: rows,
      flush: flush,
      wake: wake,
      has: () => rows().length > 0,
      isOver: () => isOver,
      isOffline: () => failures > 0 || navigator.onLine === false,
      put: (no, value) => {
        const queue = read();
        last = queue.last = Math.max(facts.epoch + Math.round(facts.now()), queue.last + 1, last + 1);
        queue.waiting[no] = { value: value, seq: last };
        write(queue);
        if (failures) { tell.light("offline"); } else { tell.light("sending"); }
        if (!failures) { again(0); }
      },
      /* Resolves to whether everything was received, after at most `wait`. */
      settled: (wait) => new Promise((resolve) => {
        listeners.push(() => resolve(true));
        setTimeout(() => resolve(!rows().length), wait);
        wake();
        settle();
      }),
    };
  };
})();
