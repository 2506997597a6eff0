// Frames with nothing to do, and frames with one new column of the surface each.

import { Surface } from "/assets/js/surface/surface.js";

const START = Date.UTC(2026, 0, 5, 14, 30);
const LEVELS = 100;
const COLUMN = 250;

const clock = { time: START, hear() {}, now: () => clock.time, clear() {} };
const surface = new Surface(document.getElementById("surface"), { clock });
surface.reset({ contract_id: 1, symbol: "AAPL" });
let column = 0;

/** A book of so many levels a side, every size another one than before, and a few trades. */
function next() {
  clock.time = START + ++column * COLUMN;
  const best = 22_300 + Math.round(20 * Math.sin(column / 60));
  const side = (sign) =>
    Array.from({ length: LEVELS }, (_, k) => ({
      price: (best + (sign < 0 ? -k : k + 1)) / 100,
      size: 100 + ((k * 7919 + column * 104729) % 997),
      market_maker: "",
    }));
  const head = { contract_id: 1, timestamp: new Date(clock.time).toISOString() };
  const data = { bids: side(-1), asks: side(1), since: "2026-01-05T14:30:00.000Z", smart: false };
  const trades = [0, 1, 2].map((k) => ({
    ...head,
    type: "tick",
    data: { type: "last", price: (best + (k % 2)) / 100, size: 10 + 40 * k, source: "tbt", unix_time: 0 },
  }));
  return [{ ...head, type: "depth", data }, ...trades];
}

/** Milliseconds between frames, and those that `work` took in each. */
function frames(count, work) {
  return new Promise((resolve) => {
    const [between, spent] = [[], []];
    let before = null;
    function frame(time) {
      if (before !== null) between.push(time - before);
      before = time;
      spent.push(work());
      if (between.length < count) requestAnimationFrame(frame);
      else resolve({ between, spent });
    }
    requestAnimationFrame(frame);
  });
}

/** What the surface itself takes: a message is made outside of it. */
function draw() {
  const messages = next();
  const start = performance.now();
  for (const each of messages) surface.handle(each);
  surface.draw();
  return performance.now() - start;
}

function paintAll() {
  clock.time += 1;
  const start = performance.now();
  surface.restyle();
  surface.draw();
  return performance.now() - start;
}

async function measure(count) {
  for (let i = 0; i < 600; i++) for (const each of next()) surface.handle(each);
  surface.draw();
  const floor = await frames(count, () => 0);
  const columns = await frames(count, draw);
  const whole = await frames(Math.ceil(count / 4), paintAll);
  const { width, height } = surface.screen.heat.canvas;
  return { cells: [width, height], floor, columns, whole };
}

Object.assign(window, { measure });
