/* Keeps what is typed in form[data-keep] on this device, at each change, apart from any file. */
(function () {
  "use strict";
  const WAIT = 300; // milliseconds
  document.querySelectorAll("form[data-keep]").forEach((form) => {
    const key = "keep:" + form.dataset.keep;
    const fields = () => [...form.elements].filter((each) => each.name && each.name !== "csrf_token" && /^(text|textarea|url|email|tel|number|search|select-one|checkbox|radio)$/.test(each.type));
    const isTick = (each) => each.type === "checkbox" || each.type === "radio";
    let timer = 0;
    function save() {
      const kept = {};
      fields().forEach((each) => {
        if (!isTick(each)) { kept[each.name] = each.value; } else if (each.checked) { kept[each.name + "=" + each.value] = true; }
      });
      try { localStorage.setItem(key, JSON.stringify(kept)); } catch (error) { /* full, or private */ }
    }
    function restore() {
      let kept = null;
      try { kept = JSON.parse(localStorage.getItem(key)); } catch (error) { return; }
      if (!kept) { return; }
      fields().forEach((each) => {
        if (isTick(each)) { if (kept[each.name + "=" + each.value]) { each.checked = true; } }
        else if (each.value === each.defaultValue && typeof kept[each.name] === "string" && (each.type !== "select-one" || [...each.options].some((one) => one.value === kept[each.name]))) { each.value = kept[each.name]; }
      });
    }
    restore();
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, WAIT); });
    form.addEventListener("change", save);
    window.addEventListener("pagehide", () => { if (timer) { save(); } });
  });
  /* The page after a success names what is safe on the server: <p data-kept="…">. */
  document.querySelectorAll("[data-kept]").forEach((each) => {
    try { localStorage.removeItem("keep:" + each.dataset.kept); } catch (error) { /* private */ }
  });
})();
