/* Counts the questions of a paper while the numbers are typed; the page works without it. */
(function () {
  "use strict";
  var sum = document.getElementById("plan-sum");
  var table = document.querySelector(".desk-plan");
  if (!sum || !table) { return; }
  function count() {
    var total = 0;
    [].forEach.call(table.querySelectorAll("input"), function (input) {
      var number = input.value.trim();
      if (/^[0-9]+$/.test(number)) { total += +number; }
    });
    sum.textContent = sum.dataset.sum.replace("{n}", total);
  }
  table.addEventListener("input", count);
  count();
})();
