/* What organizers say, asked for every 10 to 12 seconds while the page is looked at. */
(function () {
  "use strict";
  const Paper = window.Paper = window.Paper || {};
  const EVERY = 10000, SPREAD = 2000, LONGEST = 60000; // milliseconds

  /* `no`: the acts the page knows of; `heard` gets each answer that holds something new. */
  Paper.news = (url, no, heard) => {
    const box = document.getElementById("news"), pause = box.querySelector("[data-pause]");
    const list = box.querySelector("[data-news-list]"), fold = box.querySelector("details");
    const region = document.createElement("p");
    let wait = EVERY, timer = 0;
    region.className = "visually-hidden";
    region.setAttribute("role", "status");
    document.body.appendChild(region);

    function later() { clearTimeout(timer); timer = setTimeout(ask, wait + Math.random() * SPREAD); }
    function hide() {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--quiet";
      button.textContent = box.dataset.hide;
      button.addEventListener("click", () => { fold.open = false; fold.querySelector("summary").focus(); });
      fold.appendChild(button);
    }
    function draw(body) {
      const known = [].map.call(list.children, (one) => one.dataset.id), fresh = [];
      list.textContent = "";
      body.news.forEach((one) => {
        const item = document.createElement("li"), at = document.createElement("time"), words = document.createElement("span");
        item.dataset.id = one.id;
        at.textContent = one.at;
        words.textContent = one.words;
        item.append(at, " ", words);
        list.append(item);
        if (known.indexOf(one.id) < 0) { fresh.push(one.words); }
      });
      if (body.pause && pause.hidden) { fresh.unshift(body.pause); }
      pause.textContent = body.pause;
      pause.hidden = !body.pause;
      fold.hidden = !body.news.length;
      if (fresh.length) { fold.open = true; region.textContent = fresh.join(" "); }
      box.hidden = !body.pause && !body.news.length;
    }
    function ask() {
      if (document.hidden) { return; }
      fetch(url + "?no=" + no, { credentials: "same-origin", cache: "no-store", headers: { "Accept": "application/json" } })
        .then((answer) => { if (!answer.ok) { throw new Error(answer.status); } return answer.json(); })
        .then((body) => {
          wait = EVERY;
          if (body.no !== no) { no = body.no; if (body.news) { draw(body); heard(body); } }
        })
        .catch(() => { wait = Math.min(LONGEST, wait * 2); })
        .then(later);
    }
    document.addEventListener("visibilitychange", () => { if (document.hidden) { clearTimeout(timer); } else { ask(); } });
    hide();
    later();
  };
})();
