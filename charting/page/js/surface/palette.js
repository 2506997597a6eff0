// Colours come from CSS variables, so that a theme is a style sheet and nothing else.

const STEPS = 256;

/** Of one theme: tables of 256 colours as canvas pixels for bids and asks, single ones as pixels and as text. */
export class Palette {
  /** @param element whose style is read */
  constructor(element) {
    const style = getComputedStyle(element);
    const text = (name) => style.getPropertyValue(`--surface-${name}`).trim();
    this.bids = ramp(text("bids"));
    this.asks = ramp(text("asks"));
    for (const name of ["unknown", "spread", "lost", "lost-hatch"]) this[camel(name)] = pixel(rgb(text(name)));
    this.text = Object.fromEntries(NAMES.map((name) => [camel(name), text(name)]));
    this.font = style.fontFamily;
  }
}

const NAMES = [
  "background", "axis", "grid", "muted", "label", "bid-bar", "ask-bar", "bid-text", "ask-text", "bid-line", "ask-line",
  "buy", "sell", "unsided", "outline", "last", "last-text", "cursor", "lost-text",
];

function camel(name) {
  return name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

function ramp(list) {
  const stops = list.split(",").map((stop) => rgb(stop.trim()));
  return Uint32Array.from({ length: STEPS }, (_, i) => {
    const place = (i / (STEPS - 1)) * (stops.length - 1);
    const left = Math.min(Math.floor(place), stops.length - 2);
    return pixel(stops[left].map((value, c) => Math.round(value + (stops[left + 1][c] - value) * (place - left))));
  });
}

function rgb(text) {
  if (!/^#[0-9a-f]{6}$/i.test(text)) throw new Error(`a colour of the surface has to be #rrggbb, not "${text}"`);
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

// Canvas pixels are bytes in the order red, green, blue, alpha: on all machines that browsers run on, the lowest first.
function pixel([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
