/* Makes the form of a question smooth: buttons beside rows change the rows in place, and stored
   questions much like the one being typed are named as one pauses. Without it, both post. */
(function () {
  "use strict";
  const form = document.getElementById("question-form"), box = document.getElementById("alike");
  const PAUSE = 900, LEAST = 12; // milliseconds, characters
  let timer = 0, asked = 0, busy = false;

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-act]");
    if (!button) { return; }
    event.preventDefault();
    if (busy) { return; }
    busy = true;
    const data = new FormData(form);
    data.delete("picture");
    data.set("do", button.value);
    fetch(form.action || location.href, { method: "POST", body: data, credentials: "same-origin" })
      .then((answer) => { if (!answer.ok) { throw new Error(answer.status); } return answer.text(); })
      .then((text) => {
        const page = new DOMParser().parseFromString(text, "text/html");
        const rows = page.getElementById("rows");
        if (!rows) { throw new Error("rows"); }
        document.getElementById("rows").replaceWith(rows);
        const place = [...rows.querySelectorAll("[data-row-act]")].find((one) => one.value === button.value);
        const last = [...rows.querySelectorAll("#options .bank-row")].pop();
        const added = last && last.querySelector(".bank-text textarea");
        const next = button.value === "add" && added ? added : place || rows.querySelector("textarea, input, button");
        if (next) { next.focus(); }
      })
      .catch(() => {
        const sent = document.createElement("input");
        sent.type = "hidden"; sent.name = "do"; sent.value = button.value;
        form.append(sent);
        form.submit();
      })
      .finally(() => { busy = false; });
  });

  function texts() {
    const rows = [...form.querySelectorAll("#options .bank-text textarea")].map((one) => one.value.trim());
    return [form.elements.text.value.trim(), ...rows.filter(Boolean)];
  }
  function show(found) {
    box.textContent = "";
    box.hidden = !found.length;
    if (!found.length) { return; }
    const title = document.createElement("p"), body = document.createElement("div"), list = document.createElement("ul");
    title.className = "banner__title"; title.textContent = box.dataset.title;
    body.className = "banner__body";
    found.forEach((one) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = one.address; link.target = "_blank"; link.rel = "noopener"; link.textContent = one.code;
      item.append(link, " (" + box.dataset.percent.replace("{n}", one.percent) + "): " + one.text.slice(0, 160));
      list.append(item);
    });
    body.append(list);
    box.append(title, body);
  }
  function ask() {
    const typed = texts(), mine = ++asked;
    if (typed[0].length < LEAST) { show([]); return; }
    fetch(form.dataset.alike, {
      method: "POST", credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.dataset.csrf },
      body: JSON.stringify({ texts: typed, code: form.dataset.code || "" })
    })
      .then((answer) => answer.ok ? answer.json() : { alike: [] })
      .then((answer) => { if (mine === asked) { show(answer.alike); } })
      .catch(() => {});
  }
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
})();
