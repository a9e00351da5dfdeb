"use strict";
// The target: a slider, an exact figure or the line in the chart move it; the table's cells come ready from the run.
const slider = document.getElementById("target");
const exact = document.getElementById("target-exact");

function answerOf(one) {
  return one.steps.find((step) => step.target >= view.target).cells;
}

// The rows of the data set that is shown; accuracies of two sets are of two scales.
function fillTable() {
  const rows = new Map([...document.querySelectorAll("#reached tbody tr")].map((row) => [row.dataset.case, row]));
  RUN.cases.forEach((one, place) => {
    const row = rows.get(String(place));
    row.hidden = one.dataset !== view.dataset;
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
  const found = [`${reached} of ${sayCell(trials, "trial")}`, sayCell(epochs, "epoch")];
  if (seconds !== "–") found.push(sayCell(seconds, "second"));
  return `${one.label}: ${[...new Set(found)].join(", ")}`;
}

function speakTarget() {
  document.getElementById("spoken").textContent =
    `Target ${percentText()} %. ${casesOfData().map(sayAnswer).join(". ")}.`;
}

function percentText() {
  return (view.target * 100).toFixed(1);
}

// "98", "98 %", "98,5" and "0.98" are percents and a share; null for what is no figure.
function readPercent(text) {
  const match = /^\s*(\d+(?:[.,]\d+)?|[.,]\d+)\s*(%?)\s*$/.exec(text);
  if (!match) return null;
  const value = Number(match[1].replace(",", "."));
  return value <= 1 && !match[2] ? value * 100 : value;
}

// A tenth of a percent, as a fraction of whole numbers: 0.981 here is the same figure as in the journals.
function setTarget(percent) {
  const clamped = Math.min(Math.max(percent, Number(slider.min)), Number(slider.max));
  view.target = Math.round(clamped * 10) / 1000;
  slider.value = percentText();
  slider.setAttribute("aria-valuetext", `${percentText()} %`);
  exact.value = `${percentText()} %`;
  document.getElementById("target-shown").textContent = percentText();
  fillTable();
  if (view.plot.scales.y.min != null) placeAim(view.plot);
}

// After a move the axis is fitted again, which during it would run away from the pointer.
function endMove() {
  speakTarget();
  changed();
}

// The chart calls this whenever it has drawn, since only then its scales stand. Out of view the line waits at the edge.
function placeAim(plot) {
  const over = plot.over;
  const y = plot.valToPos(placeOf(view.target), "y");
  const aim = over.querySelector(".aim") ?? makeAim(over);
  const edge = y < 0 ? " ↑" : y > over.clientHeight ? " ↓" : "";
  aim.style.top = `${Math.min(Math.max(y, 0), over.clientHeight)}px`;
  aim.classList.toggle("at-edge", edge !== "");
  aim.firstChild.textContent = `target ${percentText()} %${edge}`;
}

function makeAim(over) {
  const aim = over.appendChild(document.createElement("div"));
  aim.className = "aim";
  aim.append(document.createElement("span"));
  const follow = (event) => {
    setTarget(shareAt(view.plot.posToVal(event.clientY - over.getBoundingClientRect().top, "y")) * 100);
  };
  aim.addEventListener("mousedown", (event) => event.stopPropagation());
  aim.addEventListener("pointerdown", (event) => {
    aim.setPointerCapture(event.pointerId);
    aim.addEventListener("pointermove", follow);
  });
  aim.addEventListener("pointerup", () => {
    aim.removeEventListener("pointermove", follow);
    endMove();
  });
  aim.addEventListener("pointercancel", () => aim.removeEventListener("pointermove", follow));
  return aim;
}

function setUpTarget() {
  document.querySelectorAll("#reached tbody tr").forEach((row, place) => {
    row.dataset.case = String(place);
  });
  slider.addEventListener("input", () => setTarget(Number(slider.value)));
  slider.addEventListener("change", endMove);
  exact.addEventListener("change", () => {
    setTarget(readPercent(exact.value) ?? view.target * 100); // what is no figure leaves the target as it was
    endMove();
  });
}

if (RUN.cases.length) {
  chooseDataset(0);
  setUpChart();
  setUpTarget();
  takeState(location.hash);
  showControls();
  drawChart();
  setTarget(view.target * 100);
  setUpSharing();
  if (location.hash.includes("axis=")) document.getElementById("curves").scrollIntoView();
}
