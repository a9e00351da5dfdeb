"use strict";
// What the chart shows: the run's data, the reader's choices, and the place of an accuracy on either vertical axis.
const RUN = JSON.parse(document.getElementById("run-data").textContent);
const AXES = RUN.axes.map(([key]) => key);
const SCALES = ["error", "accuracy"];
const LEAST_ERROR = 1e-6; // one example of a million
// How far below all others a case's best is off the scale: at least so far, and so many of the others' spans.
const FAR = { error: { least: 0.5, spans: 0.4 }, accuracy: { least: 0.2, spans: 1.5 } };
const MARGIN = 0.06; // of what is shown, above and below
const NARROWEST = { error: 0.3, accuracy: 0.02 };
// A case whose times are not reported has no place on the axis of seconds.
function isPlaced(one, axis) {
  return one.points[0].x[axis] !== null;
}

const view = {
  axis: Math.max(0, AXES.findIndex((_, axis) => RUN.cases.some((one) => isPlaced(one, axis)))),
  scale: "accuracy", dataset: 0, zoom: null, target: RUN.target, shown: new Set(RUN.cases), plot: null,
  at: null, least: LEAST_ERROR, limits: [0, 1], off: [], isPrinting: false,
};

function casesOfData() {
  return RUN.cases.filter((one) => one.dataset === view.dataset);
}

function shownCases() {
  return casesOfData().filter((one) => view.shown.has(one) && isPlaced(one, view.axis));
}

function pointsOf(one) {
  return [...one.points, ...one.seeds.flatMap((seed) => seed.points)].filter((point) => point.y !== null);
}

function percent(share, digits = 2) {
  return `${Number((share * 100).toFixed(digits))}`;
}

// On the error axis a share stands at the decades of its error; no error at all stands at half of the least one.
function placeOf(share) {
  if (share === null || view.scale !== "error") return share;
  return -Math.log10(Math.max(1 - share, view.least));
}

function shareAt(place) {
  return view.scale === "error" ? 1 - 10 ** -place : place;
}

function spanOf(cases) {
  const places = cases.flatMap(pointsOf).map((point) => placeOf(point.y));
  return { low: Math.min(...places), high: Math.max(...places) };
}

// A case whose best lies far below all others would press them flat, so it is left out of the fit and marked at the edge.
function leaveOutFar(cases) {
  const byBest = [...cases].sort((a, b) => spanOf([a]).high - spanOf([b]).high);
  const kept = [...byBest];
  while (kept.length > 2) {
    const [lowest, ...others] = kept;
    const { low, high } = spanOf(others);
    if (low - spanOf([lowest]).high <= Math.max(FAR[view.scale].least, FAR[view.scale].spans * (high - low))) break;
    kept.shift();
  }
  return kept;
}

// The limits fit what is shown, and the target where it is not far from that.
function fitLimits() {
  const cases = shownCases();
  const errors = cases.flatMap(pointsOf).map((point) => 1 - point.y).filter((error) => error > 0);
  view.least = Math.max(Math.min(...errors, 0.1) / 2, LEAST_ERROR);
  if (!cases.length) {
    [view.limits, view.off] = [[placeOf(0), placeOf(0.999)], []];
    return;
  }
  const kept = leaveOutFar(cases);
  view.off = cases.filter((one) => !kept.includes(one));
  let { low, high } = spanOf(kept);
  const target = placeOf(view.target);
  const span = Math.max(high - low, NARROWEST[view.scale]);
  if (target < low && low - target <= span) low = target;
  if (target > high && target - high <= span) high = target;
  const margin = MARGIN * Math.max(high - low, NARROWEST[view.scale]);
  const top = view.scale === "error" ? high + margin : Math.min(high + margin, 1 + margin / 2);
  view.limits = [Math.max(low - margin, view.scale === "error" ? -margin : 0), top];
}

// Round errors, at least so far apart that their figures do not touch.
function errorTicks(plot, low, high) {
  const least = 24 * (high - low) / (plot.bbox.height / devicePixelRatio);
  const ticks = [];
  for (let decade = 0; decade >= -6; decade -= 1) {
    for (const step of [5, 2, 1]) {
      const place = -Math.log10(step * 10 ** decade);
      const isInside = place >= Math.max(low, 0) && place <= Math.min(high, -Math.log10(view.least));
      if (isInside && (!ticks.length || place - ticks.at(-1) >= least)) ticks.push(place);
    }
  }
  return ticks;
}

function fullRange() {
  const most = Math.max(...casesOfData().filter((one) => view.shown.has(one) || !shownCases().length)
    .flatMap(pointsOf).map((point) => point.x[view.axis])) || 1;
  return AXES[view.axis] === "epochs" ? [0.5, most + 0.5] : [0, most * 1.03];
}
