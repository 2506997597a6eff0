// Which sizes are dark and which are bright.

const SAMPLES = 20_000;
/** Sizes at the lower cut-off still differ from an empty price. */
const FAINTEST = 26;

/** Cut-offs are percentiles of what is on screen, or sizes; contrast above 1 brings out what is small. */
export class Scale {
  constructor() {
    this.mode = "percentile";
    this.low = 0;
    this.high = 98;
    this.contrast = 1.5;
    this.least = 0;
    this.most = 1;
    this.dot = 1;
  }

  /** Measure columns [first, last]; whether the picture has to be painted anew, which it has to be if `force`. */
  measure(columns, first, last, force) {
    const { sizes, dots } = sample(columns, first, last);
    this.dot = Math.max(percentile(dots, 95), Number.MIN_VALUE);
    const exact = this.mode === "exact";
    const least = exact ? this.low : percentile(sizes, this.low);
    const most = Math.max(exact ? this.high : percentile(sizes, this.high), least);
    // A picture that is painted anew with every column would flicker.
    const moved = Math.abs(most - this.most) > 0.1 * this.most || Math.abs(least - this.least) > 0.1 * this.most;
    if (moved || force) [this.least, this.most] = [least, most];
    return moved || force;
  }

  /** Change the kind of the cut-offs; exact ones go on from those that hold. */
  cutBy(mode) {
    const [low, high] = mode === "exact" ? [Math.round(this.least), Math.round(this.most)] : [0, 98];
    Object.assign(this, { mode, low, high });
  }

  /** Place in a table of 256 colours. */
  level(size) {
    if (size <= 0 || size < this.least) return 0;
    const part = size >= this.most ? 1 : (size - this.least) / (this.most - this.least);
    return Math.round(FAINTEST + (255 - FAINTEST) * part ** (1 / this.contrast));
  }

  /** Radius of a dot in pixels: its area is its size. */
  radius(size) {
    return Math.min(Math.max(8 * Math.sqrt(size / this.dot), 2), 12);
  }
}

function sample(columns, first, last) {
  const sizes = [];
  const dots = [];
  const every = Math.max(1, Math.floor((last - first) / 200));
  for (let n = last; n >= first; n--) {
    const slot = columns.at(n);
    if (!slot) break;
    for (const dot of slot.dots) dots.push(dot.size);
    if (!slot.book || slot.lost || (last - n) % every || sizes.length > SAMPLES) continue;
    for (const size of slot.book.sizes) if (size > 0) sizes.push(size);
  }
  return { sizes: Float64Array.from(sizes).sort(), dots: Float64Array.from(dots).sort() };
}

function percentile(sorted, percent) {
  if (!sorted.length) return 0;
  return sorted[Math.round((percent / 100) * (sorted.length - 1))];
}
