// A chart of bands over a logarithmic axis, as SVG that takes its colours from the page.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

// Ticks of a logarithmic axis: whole powers, or 1, 2 and 5 of each where there are few.
function decades(low, high) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = Math.log10(high / low) < 1.8 ? [1, 2, 5] : [1];
  const all = [];
  for (let k = first; k <= last; k++) for (const step of steps) all.push(step * 10 ** k);
  const shown = all.filter((x) => x >= low * 0.999 && x <= high * 1.001);
  const every = Math.ceil(shown.length / 7);
  return shown.filter((_, i) => i % every === 0);
}

// Ticks of an even axis from nothing: 4 to 8 round numbers.
function evenly(high) {
  const rough = high / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((x) => x * power >= rough) * power;
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => i * step);
}

// Draws a chart into a box, in place of what was there.
//   x: places; bands: {lo95, lo80, median, hi80, hi95}, each an array over x;
//   y: {low, high, ticks, say, log}; sayX; titles: {x, y}; label: what a screen reader says;
//   range: the band of the best size, under the curves; mark: a place to point out.
function drawChart(box, { x, bands, y, sayX, titles, label, range, mark }) {
  const width = Math.max(300, box.clientWidth || 640);
  const height = Math.round(Math.min(340, Math.max(240, 0.5 * width)));
  const [left, right, top, bottom] = [52, 10, 24, range ? 62 : 44];
  const svg = element("svg", {
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": label,
  });
  const [low, high] = [Math.log(x[0]), Math.log(x[x.length - 1])];
  const across = (v) => left + ((Math.log(v) - low) / (high - low)) * (width - left - right);
  const of = (v) => (y.log ? Math.log(v) : v);
  const share = (v) => (of(Math.min(v, 3 * y.high)) - of(y.low)) / (of(y.high) - of(y.low));
  const up = (v) => height - bottom - share(v) * (height - top - bottom);
  const floor = height - bottom;

  for (const tick of y.ticks) {
    element(
      "line",
      { class: "grid", x1: left, x2: width - right, y1: up(tick), y2: up(tick) },
      svg,
    );
    element(
      "text",
      { class: "tick", x: left - 6, y: up(tick) + 4, "text-anchor": "end" },
      svg,
      y.say(tick),
    );
  }
  for (const tick of decades(x[0], x[x.length - 1])) {
    element("line", { class: "grid", x1: across(tick), x2: across(tick), y1: top, y2: floor }, svg);
    const place = { class: "tick", x: across(tick), y: height - 22, "text-anchor": "middle" };
    element("text", place, svg, sayX(tick));
  }
  // What is higher than the chart leaves it at the top.
  const inside = {
    x: 0,
    y: top,
    width,
    height: floor - top,
    viewBox: `0 ${top} ${width} ${floor - top}`,
  };
  const plot = element("svg", { ...inside, overflow: "hidden" }, svg);
  const line = (values) =>
    [...x].map((v, i) => [across(v), up(values[i])]).filter((p) => p.every(Number.isFinite));
  const path = (points) => points.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L");
  for (const level of ["95", "80"]) {
    const edge = [...line(bands[`lo${level}`]), ...line(bands[`hi${level}`]).reverse()];
    if (edge.length) element("path", { class: `band${level}`, d: `M${path(edge)}Z` }, plot);
  }
  const middle = line(bands.median);
  if (middle.length) element("path", { class: "median", d: `M${path(middle)}` }, plot);
  if (range) drawRange(svg, range, across, floor + 11, [left, width - right]);
  if (mark >= x[0] && mark <= x[x.length - 1])
    element(
      "line",
      { class: "mark", x1: across(mark), x2: across(mark), y1: top, y2: floor + (range ? 18 : 0) },
      svg,
    );
  element("text", { class: "title", x: left, y: 14 }, svg, titles.y);
  element(
    "text",
    { class: "title", x: width - right, y: height - 4, "text-anchor": "end" },
    svg,
    titles.x,
  );
  box.replaceChildren(svg);
}

// A band as bars on one line, its median as a dot.
function drawRange(svg, range, across, y, [first, last]) {
  const within = (v) => Math.min(Math.max(Number.isFinite(v) ? across(v) : last, first), last);
  for (const level of ["95", "80"]) {
    const [x1, x2] = [within(range[`lo${level}`]), within(range[`hi${level}`])];
    element("line", { class: `range${level}`, x1, x2, y1: y, y2: y }, svg);
  }
  if (Number.isFinite(range.median))
    element("circle", { class: "dot", cx: within(range.median), cy: y, r: 4.5 }, svg);
}
