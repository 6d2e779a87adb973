// The best size of a budget, draw by draw: what bayesfit/prediction/optimum.py does, in the page.
//
// The valley is found on the same grid, by the numbers of `rule`, which stand in one place. Within it
// golden sections soon give way to parabolas: a drag has to repaint at once. A law is
//   loss, closed        {call, table, width}: the log loss, and the closed form of its optimum;
//   own, ownClosed      the same of the law before it was bent; each null where there is none;
//   cost                FLOPs of N parameters on D tokens; `linear` whether straight in D;
//   count               how many draws there are.
// A plan is {C, largestN, largestD, inference, given}.

function makeSearch(rule) {
  const { fewest, most, halvings, smallest, largest, grid, window, golden } = rule;
  // Tolerances of log N; that of a law before it was bent only says where to look.
  const [fine, coarse] = [1e-7, 1e-4];
  const sections = 8; // then parabolas
  const height = new Float64Array(grid);

  const at = (f, draw, N, D, given) => f.call(f.table, draw * f.width, N, D, given);

  // Tokens that the budget buys for a size; below 0 where it buys none.
  function tokens(law, plan, N) {
    const served = 2 * N * plan.inference;
    const flops = (D) => law.cost(null, 0, N, D, plan.given) + served;
    if (!law.linear) return Math.min(halved(flops, plan.C), plan.largestD);
    const one = plan.C / (6 * N);
    const first = flops(one);
    const slope = (flops(2 * one) - first) / one;
    return Math.min(one + (plan.C - first) / slope, plan.largestD);
  }

  function halved(flops, C) {
    let low = Math.log(fewest);
    let high = Math.log(most);
    if (flops(fewest) > C) return -1;
    for (let i = 0; i < halvings; i++) {
      const middle = 0.5 * (low + high);
      if (flops(Math.exp(middle)) < C) low = middle;
      else high = middle;
    }
    const least = Math.log(flops(Math.exp(low)));
    const span = Math.log(flops(Math.exp(high))) - least;
    const share = span > 0 ? (Math.log(C) - least) / span : 0;
    return Math.exp(low + Math.min(Math.max(share, 0), 1) * (high - low));
  }

  // Whether the budget buys a token for the smallest size there may be.
  function affordable(law, plan) {
    const N = Math.min(smallest, plan.largestN);
    return plan.C >= law.cost(null, 0, N, fewest, plan.given) + 2 * N * plan.inference;
  }

  // Logs of the smallest and the largest size that are searched.
  function ends(law, plan) {
    const low = Math.log(Math.min(smallest, 0.1 * plan.largestN));
    const high = Math.log(Math.min(largest, plan.largestN));
    const bought = (x) => tokens(law, plan, Math.exp(x)) >= fewest;
    if (bought(high)) return [low, high];
    let [edge, over] = [low, high];
    for (let i = 0; i < halvings; i++) {
      const middle = 0.5 * (edge + over);
      if (bought(middle)) edge = middle;
      else over = middle;
    }
    return [low, edge];
  }

  // Log of the best size of one draw; infinite where the loss has no valley.
  function valley(f, law, plan, draw, low, high, tolerance) {
    const loss = (x) => {
      const N = Math.exp(x);
      const D = tokens(law, plan, N);
      return D >= fewest ? at(f, draw, N, D, plan.given) : Infinity;
    };
    const place = (i) => low + ((high - low) * i) / (grid - 1);
    for (let i = 0; i < grid; i++) height[i] = loss(place(i));
    const capped = Math.exp(high) >= 0.999 * plan.largestN;
    let lowest = -1;
    for (let i = 1; i < grid; i++) {
      const falls = height[i] <= height[i - 1] && height[i] < Infinity;
      const found =
        i < grid - 1 ? falls && height[i] <= height[i + 1] : capped && height[i] < height[i - 1];
      if (found && (lowest < 0 || height[i] < height[lowest])) lowest = i;
    }
    if (lowest < 0) return Infinity;
    const right = place(Math.min(lowest + 1, grid - 1));
    const x = narrowed(loss, ...bracketed(loss, place(lowest - 1), right), tolerance);
    return loss(right) < loss(x) ? right : x;
  }

  // A narrower place between two points where the loss is least, by the golden section: the steps
  // that Python begins with, so that of two lowest points between them the same one is found.
  function bracketed(loss, low, high) {
    let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    let [atLeft, atRight] = [loss(left), loss(right)];
    for (let i = 0; i < sections; i++) {
      if (atLeft < atRight) {
        [high, right, atRight] = [right, left, atLeft];
        left = high - golden * (high - low);
        atLeft = loss(left);
      } else {
        [low, left, atLeft] = [left, right, atRight];
        right = low + golden * (high - low);
        atRight = loss(right);
      }
    }
    return [low, high];
  }

  // Where between two points the loss is least, within a tolerance: Brent's method, which goes by
  // parabolas and falls back on the golden section (Algorithms for Minimization, 1973, chapter 5).
  function narrowed(loss, low, high, tolerance) {
    let x = low + (1 - golden) * (high - low);
    let [w, v, step, before] = [x, x, 0, 0];
    let fx = loss(x);
    let [fw, fv] = [fx, fx];
    for (let i = 0; i < halvings; i++) {
      const middle = 0.5 * (low + high);
      if (Math.abs(x - middle) <= 2 * tolerance - 0.5 * (high - low)) break;
      const [r, q] = [(x - w) * (fx - fv), (x - v) * (fx - fw)];
      const across = 2 * (r - q);
      const move = ((x - v) * q - (x - w) * r) / across;
      const fits = Math.abs(move) < 0.5 * Math.abs(before) && low < x + move && x + move < high;
      before = fits ? step : x < middle ? high - x : low - x;
      step = fits ? move : (1 - golden) * before;
      const near = fits && Math.min(x + step - low, high - x - step) < 2 * tolerance;
      if (near) step = x < middle ? tolerance : -tolerance;
      if (Math.abs(step) < tolerance) step = step < 0 ? -tolerance : tolerance;
      const u = x + step;
      const fu = loss(u);
      if (fu <= fx) {
        if (u < x) high = x;
        else low = x;
        [v, fv, w, fw, x, fx] = [w, fw, x, fx, u, fu];
      } else {
        if (u < x) low = u;
        else high = u;
        if (fu <= fw || w === x) [v, fv, w, fw] = [w, fw, u, fu];
        else if (fu <= fv || v === x || v === w) [v, fv] = [u, fu];
      }
    }
    return x;
  }

  // N, D and log loss of every draw. A law that is bent has a valley only near its own.
  function optima(law, plan) {
    const found = { N: [], D: [], logLoss: [] };
    const free = plan.largestN === Infinity && plan.largestD === Infinity && plan.inference === 0;
    const [low, high] = ends(law, plan);
    for (let draw = 0; draw < law.count; draw++) {
      const [N, D] = best(law, plan, draw, low, high, free);
      const there = Number.isFinite(N);
      found.N.push(there ? N : Infinity);
      found.D.push(there ? D : Infinity);
      found.logLoss.push(law.loss && there ? at(law.loss, draw, N, D, plan.given) : Infinity);
    }
    return {
      N: Float64Array.from(found.N),
      D: Float64Array.from(found.D),
      logLoss: Float64Array.from(found.logLoss),
    };
  }

  // Log of the best size of the law before it was bent.
  function centre(law, plan, draw, low, high, free) {
    const { own, ownClosed } = law;
    if (!free || !ownClosed) return valley(own, law, plan, draw, low, high, coarse);
    const x = Math.log(ownClosed.call(ownClosed.table, draw * ownClosed.width, plan.C)[0]);
    return low <= x && x <= high ? x : Infinity;
  }

  function best(law, plan, draw, low, high, free) {
    if (law.closed && (free || !law.loss)) {
      const [N, D] = law.closed.call(law.closed.table, draw * law.closed.width, plan.C);
      if (free) return [N, D];
      const nearest = Math.min(N, plan.largestN); // no loss to search: what can be built of it
      return [nearest, tokens(law, plan, nearest)];
    }
    if (law.own) {
      const own = centre(law, plan, draw, low, high, free);
      if (own === Infinity) return [Infinity, Infinity];
      low = Math.max(low, own - Math.log(window));
      high = Math.min(high, own + Math.log(window));
    }
    const N = Math.exp(valley(law.loss, law, plan, draw, low, high, fine));
    return [N, tokens(law, plan, N)];
  }

  // Log loss of one size, of every draw; infinite where the budget buys no token for it.
  function lossOf(law, plan, N) {
    const D = tokens(law, plan, N);
    const found = new Float64Array(law.count).fill(Infinity);
    if (D >= fewest)
      for (let i = 0; i < law.count; i++) found[i] = at(law.loss, i, N, D, plan.given);
    return found;
  }

  return { tokens, affordable, optima, lossOf };
}

// Quantiles of draws by the rule of bayesfit/bands.py: the nearest draw, of two the even one.
function bandOf(draws, levels) {
  const sorted = Float64Array.from(draws).sort();
  const found = {};
  for (const [name, level] of Object.entries(levels)) {
    const place = level * (sorted.length - 1);
    const below = Math.floor(place);
    const up = place - below > 0.5 || (place - below === 0.5 && below % 2 === 1);
    found[name] = sorted.length ? sorted[below + (up ? 1 : 0)] : NaN;
  }
  return found;
}
