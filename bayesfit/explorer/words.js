// Quantities as people say them: bayesfit/formatting.py in the page.

const MISSING = "–";

function scientific(x, digits) {
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  return `${trimmed(mantissa)}e${Number(exponent)}`;
}

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function fixed(x, decimals) {
  const [whole, rest] = x.toFixed(decimals).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
}

// Significant digits, and no more zeros than needed: 0.347, 24.1, 1,910, 3e-11.
function sayNumber(x, digits = 3) {
  if (Number.isNaN(x)) return MISSING;
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "-∞";
  const size = Math.abs(Number(x.toExponential(digits - 1)));
  if (size && (size < 1e-3 || size >= 1e6)) return scientific(x, digits);
  return trimmed(fixed(x, size ? Math.max(0, digits - 1 - Math.floor(Math.log10(size))) : 0));
}

// Parameters or tokens: 8.36B, 20B, 1.4T.
function sayCount(x, digits = 3) {
  if (!Number.isFinite(x)) return sayNumber(x);
  const shown = Number(x.toExponential(digits - 1));
  for (const [scale, letter] of [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ])
    if (scale <= Math.abs(shown) && Math.abs(shown) < 1000 * scale)
      return sayNumber(shown / scale, digits) + letter;
  return Math.abs(shown) < 1e3 ? sayNumber(shown, digits) : scientific(shown, digits);
}

const sayFlops = (x) => (Number.isFinite(x) ? scientific(x, 3) : sayNumber(x));
const sayPercent = (share) => `${sayNumber(100 * share, 2)} %`;

// How to say a number known within an interval: two significant digits of its width.
function sayLike(low, high) {
  const width = high - low;
  const decimals = 1 - Math.floor(Math.log10(width));
  if (!(Number.isFinite(width) && width > 0 && Math.abs(decimals) <= 6)) return (x) => sayNumber(x);
  return (x) => {
    if (!Number.isFinite(x)) return sayNumber(x);
    if (Math.abs(x) > 0 && Math.abs(x) < 0.5 * 10 ** -decimals) return sayNumber(x, 2);
    if (Math.abs(x) >= 1e7) return sayNumber(x);
    if (decimals >= 0) return fixed(x, decimals);
    return fixed(Math.round(x * 10 ** decimals) / 10 ** decimals, 0);
  };
}

// A number that somebody wrote: 3.8e25, 3,8e25, 1,400,000, 70B, 1.4T; NaN where it is none.
function readNumber(text) {
  const found = /^\s*([+-]?[\d.,]+)(e[+-]?\d+)?\s*([kMGBT]?)\s*$/i.exec(text);
  if (!found) return NaN;
  const [, digits, power = "", letter] = found;
  const scale = { k: 1e3, m: 1e6, g: 1e9, b: 1e9, t: 1e12 }[letter.toLowerCase()] ?? 1;
  return Number(withPoint(digits) + power) * scale;
}

// Commas before groups of three digits separate thousands; one alone is a decimal point.
function withPoint(digits) {
  if (/^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(digits)) return digits.replaceAll(",", "");
  return /^[+-]?\d*,\d*$/.test(digits) ? digits.replace(",", ".") : digits;
}

// 10 to a whole power with its exponent set high.
const sayPower = (k) =>
  "10" + String(k).replace(/./g, (x) => (x === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(x)]));
