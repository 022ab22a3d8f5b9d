/* Copies a code with one tap, where the browser lets us. */
(function () {
  "use strict";
  [].slice.call(document.querySelectorAll("[data-copy]")).forEach(function (button) {
    var code = document.getElementById(button.dataset.copy);
    if (!navigator.clipboard) { return; }
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.onclick = function () {
      navigator.clipboard.writeText(code.textContent.trim()).then(function () { button.textContent = button.dataset.done; }, function () { button.hidden = true; });
    };
  });
})();
