// Puts a surface on the page whose time the test decides, and makes a market for pictures and measurements.

import { Surface } from "/js/surface/surface.js";

const START = Date.UTC(2026, 0, 5, 14, 30);
const query = new URLSearchParams(location.search);

/** Time as the messages tell it: it stands still until the next one, or until `now` is set. */
const clock = {
  time: NaN,
  hear: (time) => (clock.time = Math.max(time, clock.time || 0)),
  now: () => clock.time,
  clear: () => (clock.time = NaN),
};

const options = { theme: query.get("theme") ?? "dark", palette: query.get("palette"), clock };
const surface = new Surface(document.getElementById("surface"), options);
surface.reset({ contract_id: 1, symbol: "RHM" });

/** The same numbers each time. */
function random(seed) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

const text = (time) => new Date(time).toISOString();
const depth = (time, bids, asks, since = START) => ({
  type: "depth",
  contract_id: 1,
  timestamp: text(time),
  data: { bids, asks, since: text(since), smart: false },
});
const trade = (time, price, size) => ({
  type: "tick",
  contract_id: 1,
  timestamp: text(time),
  data: { type: "last", price, size, source: "tbt", unix_time: Math.floor(time / 1000) },
});

/** A market of `levels` a side that goes on for `steps` of `every` milliseconds from `at`; calls `each(time)`. */
function* market({ levels = 10, steps = 2000, every = 80, at = START, seed = 7, tick = 0.01, since = START, from = 25013 }) {
  const dice = random(seed);
  const resting = new Map();
  let middle = from;
  let drift = 0;
  for (let i = 0; i < steps; i++) {
    const time = at + i * every;
    drift = 0.95 * drift + 0.1 * (dice() - 0.5);
    middle += drift + 0.004 * (from - middle);
    const best = Math.round(middle);
    for (let row = best - levels - 4; row <= best + levels + 4; row++) {
      const wall = row % 11 === 3 || row % 17 === 5 ? 5 : 1;
      const mean = wall * (40 + 25 * (Math.abs(row - best) ** 0.6));
      if (!resting.has(row)) resting.set(row, mean * (0.4 + 1.2 * dice()));
      else if (dice() < 0.16) resting.set(row, Math.max(1, resting.get(row) * (0.75 + 0.5 * dice()) + 0.05 * mean));
    }
    const side = (sign) =>
      Array.from({ length: levels }, (_, k) => {
        const row = sign < 0 ? best - k : best + 1 + k;
        return { price: Number((row * tick).toFixed(6)), size: Math.round(resting.get(row)), market_maker: "" };
      });
    yield depth(time, side(-1), side(1), since);
    if (dice() < 0.11) {
      const buys = dice() < 0.5 + 2 * drift;
      yield trade(time, Number(((buys ? best + 1 : best) * tick).toFixed(6)), Math.ceil(4 + 160 * dice() ** 5));
    }
  }
}

/** A while of that market with a loss in it, as for a picture. */
function demo(options = {}) {
  for (const message of market(options)) surface.handle(message);
}

Object.assign(window, { surface, clock, depth, trade, market, demo, START });
