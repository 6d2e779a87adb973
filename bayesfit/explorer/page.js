// The section "Try other budgets": settings in, bands out.

const byId = (name) => document.getElementById(`explorer-${name}`);

function showTable(view) {
  const rows = rowsOf(view).map(([heading, band, say]) => {
    const row = document.createElement("tr");
    const head = row.appendChild(document.createElement("th"));
    head.scope = "row";
    head.textContent = heading;
    const cells = [
      sayBound(band.median, say),
      sayBetween(band.lo80, band.hi80, say),
      sayBetween(band.lo95, band.hi95, say),
    ];
    for (const text of cells) row.insertCell().textContent = text;
    row.cells[1].className = "middle";
    return row;
  });
  byId("table").tBodies[0].replaceChildren(...rows);
}

// The chart of what sizes lose.
function showChart(view) {
  const box = byId("chart");
  box.closest("figure").hidden = !(view.curve || view.frontier);
  if (view.frontier) return showFrontier(box, view);
  if (!view.curve) return;
  const { x, bands } = view.curve;
  const inner = x.map((N, i) =>
    N >= view.bands.N.lo95 && !(N > view.bands.N.hi95) ? bands.hi80[i] : 0,
  );
  const high = Math.max(0.1, 1.25 * Math.max(...inner.filter(Number.isFinite)));
  const y = { low: 0, high, ticks: evenly(high), say: (v) => sayNumber(v) };
  const said = `Loss above the lowest, by size: at ${sayCount(view.size)} parameters ${sayPercent(view.bands.excess.median)}`;
  const titles = { x: "parameters N", y: "loss above the lowest, %" };
  drawChart(box, {
    x,
    bands,
    y,
    sayX: (v) => sayCount(v),
    titles,
    label: said,
    range: view.bands.N,
    mark: view.size,
  });
}

// The chart of a lattice: the best size along budgets.
function showFrontier(box, view) {
  const { x, bands } = view.frontier;
  const all = Object.values(bands).flat().filter(Number.isFinite);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = { low, high, log: true, ticks: decades(low, high), say: (v) => sayCount(v) };
  const titles = { x: "FLOPs C", y: "best size N*, parameters" };
  const said = `Best size by budget: ${sayCount(view.bands.N.median)} parameters at ${sayFlops(view.plan.C)} FLOPs`;
  drawChart(box, {
    x,
    bands,
    y,
    sayX: (v) => sayPower(Math.round(Math.log10(v))),
    titles,
    label: said,
    mark: view.plan.C,
  });
}

// Saves a text as a file.
function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

// All that is seen of a view but for the settings.
function show(view, state) {
  byId("said").textContent = sentences(view, state).join(" ");
  byId("money").textContent = sayMoney(view, moneyOf(view, state), state);
  byId("table").hidden = Boolean(view.nothing);
  if (!view.nothing) showTable(view);
  showChart(view);
}

// A function from a group to its law, each made once.
function lawsOf(pack, code) {
  const made = new Map();
  return (group) => {
    const variant = pack.variants.find((x) => x.label === group) ?? pack.variants[0];
    if (!variant.lattice && !made.has(variant)) made.set(variant, makeLaw(pack, variant, code));
    return made.get(variant);
  };
}

// The settings with which the page opens: those it was written with, or else the usual ones.
function beginOf(pack, settings, groups) {
  const first = (x) => (pack.start[x.id] === undefined ? x.value : within(x, pack.start[x.id]));
  const begin = Object.fromEntries(settings.map((x) => [x.id, first(x)]));
  if (groups.length > 1) begin.group = pack.start.group ?? groups[0];
  return begin;
}

// Fills the section, if the page has it, and follows its settings.
function start(code) {
  const body = byId("body");
  if (!body) return;
  const pack = JSON.parse(byId("data").textContent);
  const settings = settingsOf(pack);
  const groups = pack.variants.map((x) => x.label);
  const search = makeSearch(pack.rule);
  const lawOf = lawsOf(pack, code);
  const begin = beginOf(pack, settings, groups);
  const state = { ...begin, ...stateOf(location.hash, settings, groups) };
  const after = ["size", "peak", "mfu", "price", "gpus"]; // what the best size does not depend on

  let view = null;
  let frame = 0;
  let address = 0;
  const paint = (id) => {
    view = viewOf(
      pack,
      state,
      lawOf(state.group),
      search,
      after.includes(id) ? view?.best : undefined,
    );
    for (const update of shown) update();
    show(view, state);
    const untouched = Object.keys(begin).every((name) => state[name] === begin[name]);
    body.closest("section").classList.toggle("untouched", untouched); // on paper it says nothing new
  };
  const changed = (id) => {
    const only = frame ? undefined : id; // several settings moved since the last frame
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      frame = 0;
      paint(only);
    });
    clearTimeout(address); // browsers allow no new address at every step of a drag
    address = setTimeout(() => history.replaceState(null, "", fragmentOf(state, begin)), 300);
  };
  const shown = settings.map((setting) => bindSetting(setting, state, changed));
  if (groups.length > 1) {
    const menu = byId("group");
    menu.addEventListener("change", () => changed((state.group = menu.value)));
    shown.push(() => (menu.value = state.group));
  }
  byId("again").addEventListener("click", () => changed(Object.assign(state, begin)));
  byId("csv").addEventListener("click", () =>
    download("explorer.csv", "text/csv", csvOf(view, state, settings)),
  );
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith(FRAGMENT)) return;
    changed(Object.assign(state, begin, stateOf(location.hash, settings, groups)));
  });
  addEventListener("resize", () => showChart(view));
  body.hidden = false;
  paint();
  if (location.hash.startsWith(FRAGMENT)) body.closest("section").scrollIntoView();
}
