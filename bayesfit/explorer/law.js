// A law of the page as the search reads it: its functions, each with a table of what it reads.

// Columns of numbers, one after the other: the first bytes of big-endian doubles, in base64.
function columnsOf({ numbers, bytes, draws }) {
  const packed = Uint8Array.from(atob(numbers), (letter) => letter.charCodeAt(0));
  const one = new DataView(new ArrayBuffer(8));
  const number = (i) => {
    for (let k = 0; k < bytes; k++) one.setUint8(k, packed[bytes * i + k]);
    return one.getFloat64(0);
  };
  const all = Float64Array.from({ length: packed.length / bytes }, (_, i) => number(i));
  return (column) => all.subarray(column * draws, (column + 1) * draws);
}

// One law, or that of one group: `variant` says which functions of `code` and which columns.
function makeLaw(pack, variant, code) {
  const column = columnsOf(pack);
  const read = (f) => {
    if (f === null) return null;
    const width = f.reads.length;
    const table = new Float64Array(width * pack.draws); // draw by draw, as the search goes
    f.reads.forEach((from, k) => column(from).forEach((x, draw) => (table[draw * width + k] = x)));
    return { call: code[f.code], table, width };
  };
  const names = ["loss", "closed", "own", "ownClosed"];
  const [loss, closed, own, ownClosed] = names.map((name) => read(variant[name]));
  return {
    loss,
    closed,
    own,
    ownClosed,
    cost: code[variant.cost.code],
    linear: pack.linear,
    count: pack.draws,
  };
}
