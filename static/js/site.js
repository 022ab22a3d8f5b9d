/* A gain, never a need: every page works without this. */
(function () {
  "use strict";
  var all = function (what) { return [].slice.call(document.querySelectorAll(what)); };
  var meta = document.querySelector("meta[name=server-now]");
  var ahead = meta ? meta.content - Date.now() : 0;
  var begun = Date.now() + ahead;
  var status = document.createElement("p");

  function say(text) { status.textContent = text; }
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function clock(left, day) {
    var d = Math.floor(left / 86400), h = Math.floor(left % 86400 / 3600), m = Math.floor(left % 3600 / 60);
    return (d ? d + " " + day + " " : "") + (left >= 3600 ? h + ":" + two(m) : m) + ":" + two(left % 60);
  }

  var summary = document.querySelector("[data-error-summary]");
  if (summary) { summary.focus(); }

  all("[data-reveal]").forEach(function (button) {
    var input = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.onclick = function () {
      var words = button.textContent;
      input.type = input.type === "password" ? "text" : "password";
      button.textContent = button.dataset.other;
      button.dataset.other = words;
    };
  });

  /* A second tap while the first is under way on a slow link is not a second request. */
  all("form[data-once]").forEach(function (form) {
    var last = 0;
    form.addEventListener("submit", function (event) {
      if (Date.now() - last < 3000) { event.preventDefault(); } else { last = Date.now(); }
    });
  });

  var ticking = all("[data-countdown-until],[data-countdown-seconds]").map(function (place) {
    var until = +place.dataset.countdownUntil || begun + 1000 * place.dataset.countdownSeconds;
    return function (now) {
      place.textContent = clock(Math.max(0, Math.ceil((until - now) / 1000)), place.dataset.day || "");
      return until > now;
    };
  }).concat(all("[data-enable-at]").map(function (button) {
    var at = +button.dataset.enableAt;
    return function (now) {
      button.disabled = now < at;
      if (now >= at && at > begun) { say(button.textContent); }
      return now < at;
    };
  }), all("[data-retry-after]").map(function (box) {
    var seconds = +box.dataset.retryAfter, spoken = seconds;
    var number = box.querySelector(".countdown__time");
    var label = box.querySelector(".countdown__label").textContent;
    return function (now) {
      var left = Math.max(0, Math.ceil((begun - now) / 1000 + seconds));
      number.textContent = box.dataset[left < 60 ? "seconds" : "minutes"].replace("{m}", Math.floor(left / 60)).replace("{s}", left % 60);
      if (!left) { say(box.textContent = box.dataset.done); }
      else if (spoken - left >= (left < 60 ? 15 : 60)) { spoken = left; say(label + " " + number.textContent); }
      return left > 0;
    };
  }));
  if (!ticking.length) { return; }
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.body.appendChild(status);
  (function tick() {
    var now = Date.now() + ahead;
    ticking = ticking.filter(function (step) { return step(now); });
    if (ticking.length) { setTimeout(tick, 1000 - Date.now() % 1000); }
  })();
})();
