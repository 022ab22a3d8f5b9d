/* Asks how far the job is; when it is over the page comes again with its end. */
(function () {
  "use strict";
  const box = document.querySelector("[data-job]");
  const EVERY = 2000, LONGEST = 15000, STEP = 10; // milliseconds, milliseconds, percent
  const part = (name) => box.querySelector("[data-job-" + name + "]");
  const bar = box.querySelector("progress");
  let wait = EVERY;

  /* A screen reader hears a new stage and every tenth, not every number. */
  const heard = (stage, done, total) => stage + (total ? Math.floor(100 * done / total / STEP) : 0);
  let said = heard(part("stage").textContent, bar.value, bar.hasAttribute("value") ? bar.max : 0);
  function say(job) {
    const stage = job.stage || job.word, now = heard(stage, job.done, job.total);
    if (now !== said) { part("said").textContent = stage + ". " + job.counted; }
    said = now;
  }
  function draw(job) {
    part("stage").textContent = job.stage || job.word;
    part("counted").textContent = job.counted;
    box.querySelector(".tag").textContent = job.word;
    bar.textContent = job.counted;
    if (job.total) { bar.max = job.total; bar.value = job.done; } else { bar.removeAttribute("value"); }
    say(job);
  }
  function ask() {
    fetch(box.dataset.job, { credentials: "same-origin", cache: "no-store", headers: { "Accept": "application/json", "Content-Type": "application/json" } })
      .then((answer) => {
        if (answer.status === 401 || answer.status === 403 || answer.status === 404) { location.reload(); return null; }
        if (!answer.ok) { throw new Error(answer.status); }
        return answer.json();
      })
      .then((job) => {
        if (!job) { return; }
        if (job.is_over) { location.reload(); return; }
        wait = EVERY;
        draw(job);
        setTimeout(ask, wait);
      })
      .catch(() => { wait = Math.min(LONGEST, wait * 2); setTimeout(ask, wait); });
  }
  setTimeout(ask, EVERY);
})();
