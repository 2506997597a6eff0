// Moving averages, VWAP, Bollinger bands and RSI over bars, from an index on: a running bar changes the last value only.
//
// They are made here and not on the server, so that they move with the provisional bar, and in one small file, since the
// libraries there are need a build step; tests compare them with pandas. Each keeps what its next value is made of.

/** A study gives an array of values for each of its lines; `null` where there are too few bars. */
class Study {
  constructor(lines) {
    this.lines = Object.fromEntries(lines.map((name) => [name, []]));
  }

  /** Bars from index `from` on are new or others. */
  update(bars, from) {
    for (let n = from; n < bars.length; n += 1) this.step(bars, n);
    for (const each of Object.values(this.lines)) each.length = bars.length;
  }
}

export class Sma extends Study {
  constructor(length = 20) {
    super(["sma"]);
    this.length = length;
  }

  step(bars, n) {
    this.lines.sma[n] = n + 1 < this.length ? null : mean(bars, n, this.length);
  }
}

/** Begins with the mean of the first bars, as IB's and most charts do. */
export class Ema extends Study {
  constructor(length = 50) {
    super(["ema"]);
    this.length = length;
  }

  step(bars, n) {
    const { ema } = this.lines;
    if (n + 1 < this.length) ema[n] = null;
    else if (n + 1 === this.length) ema[n] = mean(bars, n, this.length);
    else ema[n] = ema[n - 1] + (2 / (this.length + 1)) * (bars[n].close - ema[n - 1]);
  }
}

/** Of each session by itself: `sessionOf` gives something that changes with it. */
export class Vwap extends Study {
  constructor(sessionOf) {
    super(["vwap"]);
    this.sessionOf = sessionOf;
    this.value = [];
    this.volume = [];
  }

  step(bars, n) {
    const { high, low, close, volume, time } = bars[n];
    const goes = n > 0 && this.sessionOf(bars[n - 1].time) === this.sessionOf(time);
    this.volume[n] = (goes ? this.volume[n - 1] : 0) + (volume || 0);
    this.value[n] = (goes ? this.value[n - 1] : 0) + ((high + low + close) / 3) * (volume || 0);
    this.lines.vwap[n] = this.volume[n] ? this.value[n] / this.volume[n] : null;
  }
}

/** The mean, and so many deviations (of the population) around it. */
export class Bollinger extends Study {
  constructor(length = 20, deviations = 2) {
    super(["upper", "middle", "lower"]);
    this.length = length;
    this.deviations = deviations;
  }

  step(bars, n) {
    const { upper, middle, lower } = this.lines;
    upper[n] = middle[n] = lower[n] = null;
    if (n + 1 < this.length) return;
    middle[n] = mean(bars, n, this.length);
    let squares = 0;
    for (let k = n - this.length + 1; k <= n; k += 1) squares += (bars[k].close - middle[n]) ** 2;
    const reach = this.deviations * Math.sqrt(squares / this.length);
    upper[n] = middle[n] + reach;
    lower[n] = middle[n] - reach;
  }
}

/** Wilder's: the first average is a mean of the first changes. */
export class Rsi extends Study {
  constructor(length = 14) {
    super(["rsi"]);
    this.length = length;
    this.gain = [];
    this.loss = [];
  }

  step(bars, n) {
    const of = this.length;
    const change = n ? bars[n].close - bars[n - 1].close : 0;
    const [gain, loss] = [Math.max(change, 0), Math.max(-change, 0)];
    const before = n <= of ? [(this.gain[n - 1] || 0) * of, (this.loss[n - 1] || 0) * of]
      : [this.gain[n - 1] * (of - 1), this.loss[n - 1] * (of - 1)];
    this.gain[n] = (before[0] + gain) / of;
    this.loss[n] = (before[1] + loss) / of;
    const both = this.gain[n] + this.loss[n];
    this.lines.rsi[n] = n < of ? null : both ? (100 * this.gain[n]) / both : 50;
  }
}

function mean(bars, n, length) {
  let sum = 0;
  for (let k = n - length + 1; k <= n; k += 1) sum += bars[k].close;
  return sum / length;
}
