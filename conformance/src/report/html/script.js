
(function () {
  "use strict";
  var form = document.getElementById("filter");
  var text = document.getElementById("text");
  var outcome = document.getElementById("outcome");
  var level = document.getElementById("level");
  var shown = document.getElementById("shown");
  var areas = Array.from(document.querySelectorAll(".area"));
  var fine = ["pass", "not-offered"];

  function matches(check, words) {
    var its = check.dataset.outcome;
    if (outcome.value === "bad" ? fine.includes(its) : outcome.value && outcome.value !== its) return false;
    if (level.value && level.value !== check.dataset.level) return false;
    var said = check.querySelector("summary").textContent + check.querySelector("dl").textContent;
    said = said.toLowerCase();
    return words.every(function (word) { return said.includes(word); });
  }

  function filter() {
    var words = text.value.toLowerCase().split(/\s+/);
    var all = 0, left = 0;
    areas.forEach(function (area) {
      var any = false;
      area.querySelectorAll(".check").forEach(function (check) {
        var fits = matches(check, words);
        check.hidden = !fits;
        any = any || fits;
        all += 1;
        left += fits ? 1 : 0;
      });
      area.hidden = !any;
    });
    shown.textContent = left + " of " + all + " checks";
  }

  function unfold() {
    var check = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!check || !check.classList.contains("check")) return;
    check.hidden = false;
    check.parentElement.hidden = false;
    check.open = true;
    check.scrollIntoView();
    check.querySelector("summary").focus();
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", unfold);
  filter();
  unfold();
})();
