// Where things are on the canvas, in CSS pixels.

const AXIS = 20;
const PRICES = 58;

/** Boxes of the heat map, the ladder's bars, the prices and the times. */
export function layOut(width, height) {
  const bars = Math.round(Math.min(Math.max(width * 0.22, 54), 130));
  const plot = { x: 0, y: 0, width: Math.max(width - bars - PRICES, 40), height: Math.max(height - AXIS, 40) };
  return {
    width,
    height,
    plot,
    ladder: { x: plot.width, y: 0, width: bars, height: plot.height },
    prices: { x: plot.width + bars, y: 0, width: PRICES, height: plot.height },
    times: { x: 0, y: plot.height, width: plot.width, height: AXIS },
  };
}

/** Of how many digits prices of such a step are. */
export function digitsOf(step) {
  if (!Number.isFinite(step)) return 2;
  return Math.min(Math.max((String(step).split(".")[1] ?? "").length, step < 1 ? 2 : 0), 8);
}

/** 950, 1.2K, 13K, 2.5M. */
export function short(size) {
  for (const [unit, letter] of [[1e9, "B"], [1e6, "M"], [1e4, "K"]]) {
    if (size >= unit) {
      const value = letter === "K" ? size / 1e3 : size / unit;
      return `${value.toFixed(value < 10 ? 1 : 0)}${letter}`;
    }
  }
  return String(Number(size.toPrecision(4)));
}
