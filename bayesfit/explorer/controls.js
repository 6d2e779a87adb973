// The settings: a slider and a field for each, one state, and the fragment that holds it.

const STEPS = 600; // of a slider
const FRAGMENT = "#explorer?"; // before the settings in the address of the page

// What a setting is: `none` is the value at the slider's end `noneAt`, where there is no limit.
function place(setting, value) {
  if (setting.none !== undefined && value === setting.none)
    return setting.noneAt === "low" ? 0 : STEPS;
  const share = setting.even
    ? (value - setting.low) / (setting.high - setting.low)
    : Math.log(value / setting.low) / Math.log(setting.high / setting.low);
  return Math.round(STEPS * Math.min(Math.max(share, 0), 1));
}

function valueAt(setting, step) {
  if (setting.none !== undefined && step === (setting.noneAt === "low" ? 0 : STEPS))
    return setting.none;
  const share = step / STEPS;
  const x = setting.even
    ? setting.low + share * (setting.high - setting.low)
    : setting.low * (setting.high / setting.low) ** share;
  return within(setting, Number(x.toPrecision(3)));
}

function within(setting, x) {
  if (!setting.values) return Math.min(Math.max(x, setting.low), setting.high);
  const off = setting.values.map((v) => Math.abs(Math.log(v / x)));
  return setting.values[off.indexOf(Math.min(...off))];
}

// What somebody wrote, or undefined where it cannot be meant.
function readSetting(setting, text) {
  const isNone = ["", "none", "infinity", `${setting.noneSaid}`].includes(
    text.trim().toLowerCase(),
  );
  if (setting.none !== undefined && isNone) return setting.none;
  const x = readNumber(text);
  if (setting.none !== undefined && x === setting.none) return x;
  return Number.isFinite(x) && (x > 0 || setting.even) ? within(setting, x) : undefined;
}

const saySetting = (setting, x) =>
  setting.none !== undefined && x === setting.none ? (setting.noneSaid ?? "none") : setting.say(x);

// Binds one setting to its slider and its field; `changed` is called when either was moved.
function bindSetting(setting, state, changed) {
  const slider = document.getElementById(`explorer-${setting.id}`);
  const field = document.getElementById(`explorer-${setting.id}-text`);
  slider.max = STEPS;
  const show = () => {
    const said = saySetting(setting, state[setting.id]);
    slider.value = place(setting, state[setting.id]);
    slider.setAttribute("aria-valuetext", said);
    if (document.activeElement === field) return; // somebody is typing
    field.value = said;
    field.removeAttribute("aria-invalid");
  };
  slider.addEventListener("input", () => {
    state[setting.id] = valueAt(setting, Number(slider.value));
    changed(setting.id);
  });
  field.addEventListener("change", () => {
    const x = readSetting(setting, field.value);
    if (x === undefined) return field.setAttribute("aria-invalid", "true");
    state[setting.id] = x;
    changed(setting.id);
    field.value = saySetting(setting, x);
    field.removeAttribute("aria-invalid");
  });
  field.addEventListener("blur", show);
  return show;
}

// The state as a fragment: only what differs from where the page begins.
function fragmentOf(state, start) {
  const query = new URLSearchParams();
  for (const [id, x] of Object.entries(state))
    if (x !== start[id] && x !== null) query.set(id, String(x).replace("e+", "e"));
  return `${query}` ? FRAGMENT + query : "#explorer";
}

// What a fragment says of the settings; what it says wrongly is passed over.
function stateOf(fragment, settings, groups) {
  const found = {};
  if (!fragment.startsWith(FRAGMENT)) return found;
  const query = new URLSearchParams(fragment.slice(FRAGMENT.length));
  for (const setting of settings) {
    const x = query.has(setting.id) ? readSetting(setting, query.get(setting.id)) : undefined;
    if (x !== undefined) found[setting.id] = x;
  }
  if (groups.includes(query.get("group"))) found.group = query.get("group");
  return found;
}
