// The bars of one time frame: a map keyed by time, and the rules for what may take the place of what.

/** A browser draws no more of them smoothly. */
export const MOST = 20_000;
const ROOM = 1_000;

/**
 * @typedef {{time: number, open: number, high: number, low: number, close: number, volume: number | null,
 *   final: boolean, end?: number, dataType?: string}} Bar  Times in seconds, UTC.
 */

export class Bars {
  constructor() {
    /** @type {Bar[]} sorted by time */
    this.list = [];
    this.places = new Map();
    /** Final bars that came again with other values. */
    this.revised = 0;
    this.dirty = new Set();
    /** Whether all has to be drawn anew: something came in between, or went. */
    this.redraw = true;
  }

  /** A bar from the stream: a final one is never replaced by a provisional one. True if it is a revision. */
  take(bar) {
    const known = this.get(bar.time);
    if (known?.final && !bar.final) return false;
    if (known && same(known, bar)) return false;
    const revision = Boolean(known?.final && bar.final);
    if (revision) this.revised += 1;
    this.#put(bar);
    return revision;
  }

  /** A bar from the snapshot: what the stream has told already is newer, unless history settles it. */
  fill(bar) {
    const known = this.get(bar.time);
    if (known && !(bar.final && !known.final) && !(bar.final && known.final)) return false;
    return this.take(bar);
  }

  get(time) {
    const place = this.places.get(time);
    return place === undefined ? undefined : this.list[place];
  }

  get first() {
    return this.list[0];
  }

  get last() {
    return this.list.at(-1);
  }

  get full() {
    return this.list.length >= MOST;
  }

  /** The newest bar that history has settled. */
  get settled() {
    return this.list.findLast((each) => each.final);
  }

  /** What has changed since the last call: all, or these bars in order of time. */
  changes() {
    const all = this.redraw;
    const times = all ? [] : [...this.dirty].sort((a, b) => a - b);
    this.redraw = false;
    this.dirty.clear();
    return { all, bars: times.map((time) => this.get(time)) };
  }

  #put(bar) {
    const place = this.places.get(bar.time);
    if (place !== undefined) this.list[place] = bar;
    else if (!this.list.length || bar.time > this.last.time) {
      this.places.set(bar.time, this.list.push(bar) - 1);
      if (this.list.length > MOST + ROOM) this.#shorten();
    } else this.#insert(bar);
    this.dirty.add(bar.time);
  }

  #insert(bar) {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].time < bar.time) low = middle + 1;
      else high = middle;
    }
    this.list.splice(low, 0, bar);
    this.#renumber();
  }

  /** Older bars in front of all; as many as there is room for. */
  prepend(bars) {
    const older = bars.filter((each) => !this.list.length || each.time < this.first.time);
    this.list = [...older.slice(Math.max(0, older.length + this.list.length - MOST)), ...this.list];
    this.#renumber();
    return older.length;
  }

  #shorten() {
    this.list.splice(0, this.list.length - MOST);
    this.#renumber();
  }

  #renumber() {
    this.places = new Map(this.list.map((each, place) => [each.time, place]));
    this.redraw = true;
  }
}

const same = (a, b) =>
  ["open", "high", "low", "close", "volume", "final"].every((name) => a[name] === b[name]);

/** The snapshot's columns as bars. */
export const rows = (columns) =>
  columns.time.map((time, n) => ({
    time,
    open: columns.open[n],
    high: columns.high[n],
    low: columns.low[n],
    close: columns.close[n],
    volume: columns.volume[n],
    final: columns.final[n],
  }));

/** A `candle` message as a bar. */
export const barOf = ({ data }) => ({
  time: data.unix_time,
  open: data.open,
  high: data.high,
  low: data.low,
  close: data.close,
  volume: data.volume,
  final: data.final,
  end: data.end,
  dataType: data.data_type,
});
