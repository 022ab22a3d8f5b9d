/* The questions of a paper as values: reading a choice off the page, putting one on it. */
(function () {
  "use strict";
  const Paper = window.Paper = window.Paper || {};
  const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/;
  const GUESS = /^\d[\d. ]*$/;

  const all = (root, what) => Array.prototype.slice.call(root.querySelectorAll(what));
  const tool = (name) => document.getElementById("tool-" + name).content.cloneNode(true);
  const fill = (words, facts) => words.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  Paper.all = all; Paper.tool = tool; Paper.fill = fill;

  /* Each kind: get() → value as JSON (null: blank), set(value), and bad() when it cannot be sent. */
  const kinds = {
    one: (box) => radios(box, (text) => text === "" ? null : +text, String),
    true_false: (box) => radios(box, (text) => text === "" ? null : text === "true", String),
    several: (box) => {
      const boxes = all(box, "input[type=checkbox]");
      return {
        get: () => nothing(boxes.filter((one) => one.checked).map((one) => +one.value)),
        set: (value) => boxes.forEach((one) => { one.checked = (value || []).indexOf(+one.value) >= 0; }),
      };
    },
    number: (box) => typed(box, NUMBER),
    guess: (box) => typed(box, GUESS),
    matching: (box, words, say, changed) => {
      const lists = all(box, "select");
      lists.forEach((list) => list.addEventListener("change", () => changed())); // an idea may serve again
      return {
        get: () => {
          const value = lists.map((list) => list.value === "" ? null : +list.value);
          return value.every((one) => one === null) ? null : value;
        },
        set: (value) => lists.forEach((list, at) => { list.value = value && value[at] !== null ? String(value[at]) : ""; }),
      };
    },
    ordering: ordering,
  };

  function nothing(list) { return list.length ? list : null; }

  function radios(box, read, write) {
    const inputs = all(box, "input[type=radio]");
    return {
      get: () => { const chosen = inputs.filter((one) => one.checked)[0]; return chosen ? read(chosen.value) : null; },
      set: (value) => inputs.forEach((one) => { one.checked = one.value === (value === null ? "" : write(value)); }),
    };
  }

  function typed(box, pattern) {
    const input = box.querySelector(".input");
    return {
      get: () => input.value.trim() || null,
      set: (value) => { input.value = value === null ? "" : value; },
      bad: () => input.value.trim() !== "" && !pattern.test(input.value.trim()),
      input: input,
    };
  }

  /* The select boxes stay in the form, out of sight; the list itself is moved about. */
  function ordering(box, words, say, changed) {
    const list = box.querySelector(".order");
    const items = all(list, ".order__item");
    const places = items.map((item) => item.querySelector("select"));
    let isSet = places.every((place) => place.value);
    const now = () => all(list, ".order__item").map((item) => items.indexOf(item));
    const keep = tool("keep").firstChild;
    list.classList.add("order--live");
    items.forEach((item) => {
      const text = item.querySelector(".order__text").textContent.trim();
      item.querySelector("label").hidden = item.querySelector("select").hidden = true;
      item.appendChild(tool("order"));
      all(item, "[data-move]").forEach((button) => {
        button.querySelector(".visually-hidden").textContent += text;
        button.addEventListener("click", () => {
          if (button.getAttribute("aria-disabled")) { return; }
          const other = button.dataset.move < 0 ? item.previousElementSibling : item.nextElementSibling;
          list.insertBefore(button.dataset.move < 0 ? item : other, button.dataset.move < 0 ? other : item);
          button.focus();
          isSet = true;
          draw();
          say(text + ": " + fill(words.moved, { n: now().indexOf(items.indexOf(item)) + 1, total: items.length }));
          changed();
        });
      });
    });
    list.parentNode.insertBefore(keep, list.nextSibling);
    keep.addEventListener("click", () => { isSet = true; draw(); box.querySelector("legend").focus(); changed(); });
    function draw() {
      const order = now();
      places.forEach((place, at) => { place.value = isSet ? String(order.indexOf(at) + 1) : ""; });
      all(list, ".order__item").forEach((item, at, every) => all(item, "[data-move]").forEach((button) => {
        const atEdge = button.dataset.move < 0 ? at === 0 : at === every.length - 1;
        if (atEdge) { button.setAttribute("aria-disabled", "true"); } else { button.removeAttribute("aria-disabled"); }
      }));
      keep.hidden = isSet;
    }
    const set = (value) => {
      isSet = value !== null;
      (value || items.map((_, at) => at)).forEach((at) => list.appendChild(items[at]));
      draw();
    };
    const ranks = places.map((place) => +place.value);
    set(isSet && ranks.slice().sort((a, b) => a - b).every((rank, at) => rank === at + 1)
      ? items.map((_, at) => at).sort((a, b) => ranks[a] - ranks[b]) : null);
    return { get: () => isSet ? now() : null, set: set };
  }

  /* A question of the page. `changed(card)` is told of every choice. */
  Paper.card = (box, words, say, changed) => {
    const no = +box.dataset.no, kind = box.dataset.kind;
    const was = document.getElementsByName("was-" + no)[0];
    const card = { no: no, kind: kind, box: box };
    const clear = tool("clear").firstChild;
    const fields = kinds[kind](box, words, say, () => tell());
    card.get = fields.get;
    card.isBlank = () => card.get() === null || Boolean(fields.bad && fields.bad());
    card.set = (value) => { fields.set(value); draw(); };
    /* What the server now has: the plain form sends only what differs from it. */
    card.known = (value) => { was.value = kind === "guess" ? value || "" : JSON.stringify(value); };
    card.problem = (text) => {
      const old = box.querySelector(".error");
      if (old) { old.remove(); }
      if (fields.input) { fields.input.removeAttribute("aria-invalid"); fields.input.removeAttribute("aria-describedby"); }
      if (!text) { return; }
      const told = document.createElement("p");
      told.className = "error";
      told.id = "problem-" + no;
      told.textContent = text;
      box.insertBefore(told, box.querySelector("legend").nextSibling);
      if (fields.input) { fields.input.setAttribute("aria-invalid", "true"); fields.input.setAttribute("aria-describedby", told.id); }
      say(text);
    };
    card.legend = box.querySelector("legend");
    card.options = all(box, ".choice:not(.choice--blank) input");
    card.lock = () => { box.disabled = true; };

    function draw() { clear.hidden = card.get() === null; }
    function tell() {
      draw();
      if (fields.bad && fields.bad()) { card.problem(words.badNumber); return; }
      card.problem("");
      changed(card);
    }
    all(box, ".choice--blank").forEach((row) => { row.hidden = true; });
    box.appendChild(clear);
    clear.addEventListener("click", () => {
      card.set(null);
      card.problem("");
      changed(card);
      (card.options[0] || card.legend).focus();
    });
    if (fields.input) {
      let timer = 0, told = card.get();
      const settle = () => {
        clearTimeout(timer);
        if (card.get() !== told) { told = card.get(); tell(); }
      };
      fields.input.addEventListener("input", () => {
        clearTimeout(timer);
        draw();
        timer = setTimeout(() => { if (!fields.bad()) { settle(); } }, 700);
      });
      fields.input.addEventListener("change", settle);
      card.settle = settle;
      card.set = (value) => { fields.set(value); told = card.get(); draw(); };
    } else if (kind !== "matching" && kind !== "ordering") {
      box.addEventListener("change", tell);
    }
    draw();
    return card;
  };
})();
