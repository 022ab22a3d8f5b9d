/* Before the start: hears what organizers say; a pause that began or ended loads the page anew. */
(function () {
  "use strict";
  const box = document.querySelector("[data-waiting]");
  let isPaused = !box.querySelector("[data-pause]").hidden;
  window.Paper.news(box.dataset.waiting, +box.dataset.acts, (body) => {
    if (Boolean(body.pause) !== isPaused) { setTimeout(() => location.reload(), isPaused ? Math.random() * 3000 : 5000); }
    isPaused = Boolean(body.pause);
  });
})();
