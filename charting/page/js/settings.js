// What the user has chosen: from the address, else from the last visit, else what is usual.

const USUAL = {
  frame: "1m", hours: "all", zone: "exchange", theme: "dark", palette: "", studies: "", prediction: "on", symbol: "AAPL",
};
const KEY = "truetick.chart";

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
}

export class Settings {
  constructor() {
    const asked = Object.fromEntries(new URLSearchParams(location.search));
    this.embedded = "embed" in asked;
    this.alone = "alone" in asked;
    Object.assign(this, USUAL, kept());
    for (const name of Object.keys(USUAL)) if (name in asked) this[name] = asked[name];
    const named = location.pathname.match(/^\/chart\/(.+)$/);
    if (named) this.symbol = decodeURIComponent(named[1]);
  }

  /** Keep a choice for the next visit. */
  set(name, value) {
    this[name] = value;
    const values = Object.fromEntries(Object.keys(USUAL).map((each) => [each, this[each]]));
    try {
      localStorage.setItem(KEY, JSON.stringify(values));
    } catch {
      // A frame of another page may keep nothing: the choice holds until it is closed.
    }
  }
}
