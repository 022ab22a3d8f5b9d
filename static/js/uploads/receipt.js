/* Asks whether the worker has put the file away; then the page comes again with its SHA-256. */
(function () {
  "use strict";
  const place = document.querySelector("[data-receipt]");
  const EVERY = 2000, LONGEST = 15000; // milliseconds
  let wait = EVERY;
  function ask() {
    fetch(place.dataset.receipt, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } })
      .then((answer) => { if (!answer.ok) { throw new Error(answer.status); } return answer.json(); })
      .then((file) => { if (file.state === "ready") { location.reload(); } else { wait = EVERY; setTimeout(ask, wait); } })
      .catch(() => { wait = Math.min(LONGEST, wait * 2); setTimeout(ask, wait); });
  }
  setTimeout(ask, EVERY);
})();
