// What the page shows, from its settings alone; nothing here knows of a document.

const POINTS = 27; // sizes of the chart

// What may be set, with the ranges that the pack has for it.
function settingsOf(pack) {
  const { budget, size, tokens, given } = pack.ranges;
  const lattice = pack.variants[0].lattice;
  const money = [
    { id: "peak", low: 10, high: 20000, value: 989, say: sayNumber },
    { id: "mfu", low: 0.05, high: 0.8, value: 0.4, even: true, say: (x) => sayNumber(x, 2) },
    { id: "price", low: 0.1, high: 50, value: 2.95, say: sayNumber },
    { id: "gpus", low: 8, high: 1e6, value: 1024, say: (x) => sayNumber(x) },
  ];
  if (lattice) return [{ id: "C", ...budget, values: lattice.C, say: sayFlops }, ...money];
  const limits = [
    { id: "largest_D", ...tokens, value: Infinity, none: Infinity, noneAt: "high", say: sayCount },
    { id: "largest_N", ...size, value: Infinity, none: Infinity, noneAt: "high", say: sayCount },
  ];
  if (pack.variants[0].loss)
    limits.push({
      id: "inference_tokens",
      ...tokens,
      value: 0,
      none: 0,
      noneAt: "low",
      say: sayCount,
    });
  const inputs = given.map((x, i) => ({ ...x, id: `g${i}`, say: (v) => sayNumber(v) }));
  const own = pack.variants[0].loss
    ? [
        {
          id: "size",
          ...size,
          value: null,
          none: null,
          noneAt: "low",
          noneSaid: "the best",
          say: sayCount,
        },
      ]
    : [];
  return [{ id: "C", ...budget, say: sayFlops }, ...limits, ...inputs, ...own, ...money];
}

// The settings as the search reads them.
function planOf(state, pack) {
  const given = pack.ranges.given.map((_, i) => state[`g${i}`]);
  return {
    C: state.C,
    largestN: state.largest_N,
    largestD: state.largest_D,
    inference: state.inference_tokens ?? 0,
    given,
  };
}

// Everything that is shown; `known` are best sizes that no setting has changed since.
function viewOf(pack, state, law, search, known) {
  const variant = pack.variants.find((x) => x.label === state.group) ?? pack.variants[0];
  if (variant.lattice) return latticeView(variant.lattice, state, pack);
  const plan = planOf(state, pack);
  if (!search.affordable(law, plan)) return { plan, nothing: true };
  const best = known ?? search.optima(law, plan);
  const ratio = best.D.map((D, i) => (Number.isFinite(best.N[i]) ? D / best.N[i] : Infinity));
  const bands = {
    N: bandOf(best.N, pack.levels),
    D: bandOf(best.D, pack.levels),
    ratio: bandOf(ratio, pack.levels),
  };
  const without = best.N.filter((N) => !Number.isFinite(N)).length / law.count;
  const size = state.size ?? bands.N.median;
  const view = { plan, best, bands, without, size };
  if (!Number.isFinite(size)) return view;
  view.tokens = search.tokens(law, plan, size);
  view.training = law.cost(null, 0, size, view.tokens, plan.given);
  if (!law.loss) return view;
  const losses = search.lossOf(law, plan, size);
  bands.loss = bandOf(losses.map(Math.exp), pack.levels);
  bands.excess = excessOf(losses, best, pack.levels);
  view.curve = curveOf(pack, law, search, view);
  return view;
}

// How far losses lie above the lowest of each draw that has a best size.
function excessOf(losses, best, levels) {
  const above = Array.from(losses, (x, i) => Math.max(0, Math.exp(x - best.logLoss[i]) - 1));
  return bandOf(
    above.filter((_, i) => Number.isFinite(best.N[i])),
    levels,
  );
}

// The loss above the lowest along sizes, around the band of the best one.
function curveOf(pack, law, search, { plan, best, bands, size }) {
  const ends = [bands.N.lo95, bands.N.hi95, bands.N.median].filter(Number.isFinite);
  const [first, last] = [Math.min(...ends, size), Math.max(...ends, size)];
  const beside = Math.max(1.8, (last / first) ** 0.25);
  const [low, high] = [first / beside, last * beside];
  const x = Array.from({ length: POINTS }, (_, i) => low * (high / low) ** (i / (POINTS - 1)));
  const each = x.map((N) => excessOf(search.lossOf(law, plan, N), best, pack.levels));
  const columns = Object.keys(pack.levels).map((level) => [
    level,
    each.map((band) => 100 * band[level]),
  ]);
  return { x, bands: Object.fromEntries(columns) };
}

// The same for a law whose bands were worked out beforehand.
function latticeView(lattice, state, pack) {
  const i = lattice.C.indexOf(state.C);
  const number = (x) => (x === null ? Infinity : x);
  const at = (name, level) =>
    (lattice[level === "median" ? name : `${name}_${level}`] ?? []).map(number);
  const band = (name) =>
    Object.fromEntries(Object.keys(pack.levels).map((level) => [level, at(name, level)[i]]));
  const bands = { N: band("N"), D: band("D"), ratio: band("tokens_per_parameter") };
  if (lattice.loss_at_N) bands.loss = band("loss_at_N");
  const columns = Object.keys(pack.levels).map((level) => [level, at("N", level)]);
  const frontier = { x: lattice.C, bands: Object.fromEntries(columns) };
  return {
    plan: { C: state.C },
    bands,
    without: lattice.without_optimum[i],
    size: bands.N.median,
    training: state.C,
    frontier,
  };
}

// Rows of the table: heading, band, how its numbers are said.
function rowsOf(view) {
  const { N, D, ratio, loss, excess } = view.bands;
  const rows = [
    ["best size N*, parameters", N, sayCount],
    ["its tokens D*", D, sayCount],
    ["D* / N*", ratio, sayNumber],
  ];
  if (loss && Number.isFinite(view.size))
    rows.push([
      `loss of ${sayCount(view.size)}, nats per token`,
      loss,
      sayLike(loss.lo80, loss.hi80),
    ]);
  if (excess && Number.isFinite(view.size))
    rows.push(["its loss above the lowest", excess, sayExcess]);
  return rows;
}

// Less than a search can see is nothing.
const sayExcess = (x) => (x < 5e-5 ? "0 %" : sayPercent(x));

// A bound of a band; where it is infinite, no size is the best.
const sayBound = (x, say) => (x === Infinity ? "none" : say(x));

function sayBetween(low, high, say) {
  if (low === Infinity || Number.isNaN(low)) return "none";
  return high === Infinity ? `${say(low)} or more` : `${say(low)} to ${say(high)}`;
}

// What the settings come to, in sentences.
function sentences(view, state) {
  if (view.nothing)
    return [
      "This budget buys no token even for the smallest model: raise it, or loosen the limits.",
    ];
  const said = [];
  const { N, D } = view.bands;
  if (Number.isFinite(N.median))
    said.push(
      `With ${sayFlops(view.plan.C)} FLOPs the best size is ${sayCount(N.median)} parameters on ${sayCount(D.median)} tokens.`,
    );
  else said.push(`With ${sayFlops(view.plan.C)} FLOPs this fit has no best size.`);
  if (view.without > 0) said.push(`${sayPercent(view.without)} of the draws have none.`);
  if (state.size != null) {
    const bought =
      view.tokens >= 1
        ? `is trained on ${sayCount(view.tokens)} tokens`
        : "is more than this budget pays for";
    said.push(`Your size, ${sayCount(view.size)}, ${bought}.`);
  }
  return said;
}

// GPU-hours, price and days of training, by plain arithmetic.
function moneyOf(view, state) {
  if (!Number.isFinite(view.training) || view.tokens < 1) return null;
  const hours = view.training / (state.peak * 1e12 * state.mfu) / 3600;
  return { hours, dollars: hours * state.price, days: hours / state.gpus / 24 };
}

function sayMoney(view, money, state) {
  if (!money) return "";
  const cost = `Training ${sayCount(view.size)} takes ${sayFlops(view.training)} FLOPs: ${sayCount(money.hours)} GPU-hours, ${sayCount(money.dollars)} dollars, ${sayNumber(money.days)} days on ${sayNumber(state.gpus, 6)} GPUs.`;
  const served = 2 * view.size * (view.plan.inference ?? 0);
  return served > 0 ? `${cost} Serving takes ${sayFlops(served)} more of the budget.` : cost;
}

// All that is on view as CSV: settings, results, and the curve of the chart.
function csvOf(view, state, settings) {
  const ends = ["lo95", "lo80", "hi80", "hi95"];
  const lines = [["kind", "name", "at", "value", ...ends]];
  const one = (kind, name, x) => lines.push([kind, name, "", x ?? "", "", "", "", ""]);
  const row = (kind, name, at, band) =>
    lines.push([kind, name, at, band.median, ...ends.map((end) => band[end])]);
  for (const { id, name } of settings) one("setting", name ?? id, state[id]);
  if (state.group) one("setting", "group", state.group);
  for (const [name, band] of Object.entries(view.bands ?? {})) row("result", name, "", band);
  const own = {
    size: view.size,
    tokens: view.tokens,
    training_flops: view.training,
    ...moneyOf(view, state),
  };
  for (const [name, x] of Object.entries(own)) one("result", name, x);
  const shown = view.curve ?? view.frontier;
  const [kind, name] = view.curve ? ["excess_percent", "N"] : ["N", "C"];
  shown?.x.forEach((at, i) => {
    row(
      kind,
      name,
      at,
      Object.fromEntries(["median", ...ends].map((end) => [end, shown.bands[end][i]])),
    );
  });
  const quoted = (x) => (/[",\n]/.test(`${x}`) ? `"${`${x}`.replaceAll('"', '""')}"` : `${x}`);
  return lines.map((line) => line.map(quoted).join(",")).join("\n") + "\n";
}
