"use strict";
// The target: a slider, an exact figure or the line in the chart move it; the table's cells come ready from the run.
const slider = document.getElementById("target");
const exact = document.getElementById("target-exact");

function answerOf(one) {
  return one.steps.find((step) => step.target >= view.target).cells;
}

function fillTable() {
  const rows = new Map([...document.querySelectorAll("#reached tbody tr")].map((row) => [row.dataset.case, row]));
  RUN.cases.forEach((one, place) => {
    const row = rows.get(String(place));
    answerOf(one).forEach((text, column) => {
      row.cells[column + 1].textContent = text;
    });
  });
  sortAsTold(document.querySelector("#reached table"));
}

// A cell as one says it: "1 epoch", "2.5 epochs", "at most 34.0 seconds", "over the budget".
function sayCell(text, unit) {
  if (text.startsWith(">")) return "over the budget";
  if (text.startsWith("≤ ")) return `at most ${sayCell(text.slice(2), unit)}`;
  return `${text} ${unit}${text === "1" ? "" : "s"}`;
}

function sayAnswer(one) {
  const [hits, , epochs, seconds] = answerOf(one);
  if (hits === "–") return `${one.label}: no trial tells`;
  const [reached, trials] = hits.split("/");
  const found = [`${reached} of ${sayCell(trials, "trial")}`, sayCell(epochs, "epoch"), sayCell(seconds, "second")];
  return `${one.label}: ${[...new Set(found)].join(", ")}`;
}

function speakTarget() {
  document.getElementById("spoken").textContent = `Target ${percentText()} %. ${RUN.cases.map(sayAnswer).join(". ")}.`;
}

function percentText() {
  return (view.target * 100).toFixed(1);
}

// A tenth of a percent, as a fraction of whole numbers: 0.981 here is the same figure as in the journals.
function setTarget(percent) {
  const clamped = Math.min(Math.max(percent, Number(slider.min)), Number(slider.max));
  view.target = Math.round(clamped * 10) / 1000;
  slider.value = percentText();
  slider.setAttribute("aria-valuetext", `${percentText()} %`);
  if (document.activeElement !== exact) exact.value = percentText();
  document.getElementById("target-shown").textContent = percentText();
  fillTable();
  if (view.plot.scales.y.min != null) placeAim(view.plot);
}

// The chart calls this whenever it has drawn, since only then its scales stand.
function placeAim(plot) {
  const over = plot.over;
  const y = plot.valToPos(view.target, "y");
  const aim = over.querySelector(".aim") ?? makeAim(over);
  aim.hidden = y < 0 || y > over.clientHeight;
  aim.style.top = `${y}px`;
  aim.firstChild.textContent = `target ${percentText()} %`;
}

function makeAim(over) {
  const aim = over.appendChild(document.createElement("div"));
  aim.className = "aim";
  aim.append(document.createElement("span"));
  const follow = (event) => {
    setTarget(view.plot.posToVal(event.clientY - over.getBoundingClientRect().top, "y") * 100);
  };
  aim.addEventListener("mousedown", (event) => event.stopPropagation());
  aim.addEventListener("pointerdown", (event) => {
    aim.setPointerCapture(event.pointerId);
    aim.addEventListener("pointermove", follow);
  });
  aim.addEventListener("pointerup", () => {
    aim.removeEventListener("pointermove", follow);
    speakTarget();
  });
  aim.addEventListener("pointercancel", () => aim.removeEventListener("pointermove", follow));
  return aim;
}

function setUpTarget() {
  document.querySelectorAll("#reached tbody tr").forEach((row, place) => {
    row.dataset.case = String(place);
  });
  for (const input of [slider, exact]) {
    input.addEventListener("input", () => input.value !== "" && setTarget(Number(input.value)));
    input.addEventListener("change", () => {
      exact.value = percentText(); // what was typed may be out of range, or finer than a tenth
      speakTarget();
    });
  }
}

if (RUN.cases.length) {
  setUpChart();
  setUpTarget();
  drawChart();
  setTarget(view.target * 100);
}
