// What is asked of the server's history: the first bars, those that may have been missed, those that are older.

import { rows } from "./bars.js";
import { bars as ask } from "./server.js";

/** Bars that are shown first: few of long frames, which take many minutes each. */
const FIRST = { "5m": 500, "15m": 300, "1h": 200, "1D": 400 };
const USUAL = 600;
const OLDER = 2_000;
/** What asks again comes in bursts: one question answers them. */
const AGAIN = 150;

export class History {
  /** Of one symbol, frame and hours, into `bars`; `on.revised` gets the time of a bar that another one replaced. */
  constructor(symbol, { frame, hours }, bars, on) {
    Object.assign(this, { symbol, frame, hours, bars, on });
    this.stop = new AbortController();
  }

  /** Nothing more is asked, and no answer is taken. */
  close() {
    this.stop.abort();
    clearTimeout(this.timer);
  }

  get closed() {
    return this.stop.signal.aborted;
  }

  /** The server's snapshot, whole. */
  async first() {
    const found = await this.#ask({ limit: FIRST[this.frame] ?? USUAL });
    this.oldest = found.start;
    return found;
  }

  /** Something may have been missed: ask for the newest bars again; each takes its place by the same rules. */
  again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#newest(), AGAIN);
  }

  async #newest() {
    const start = this.bars.settled?.time ?? this.oldest;
    if (start === undefined) return;
    try {
      const found = await this.#ask({ start });
      for (const each of rows(found.bars)) if (this.bars.fill(each)) this.on.revised(each.time);
      this.on.changed(found.sessions);
    } catch {
      // TWS is not back yet: the server says when it is, and this is called again.
    }
  }

  /** Older bars, as they are scrolled to; the regular hours of their time, or `null` when there was nothing to ask. */
  async older() {
    if (this.asking || !this.oldest || this.bars.full || !this.bars.list.length) return null;
    this.asking = true;
    try {
      const found = await this.#ask({ end: this.oldest, limit: OLDER });
      const count = this.bars.prepend(rows(found.bars));
      this.oldest = count || found.bars.time.length ? found.start : 0;
      return found.sessions;
    } finally {
      this.asking = false;
    }
  }

  async #ask(range) {
    const { signal } = this.stop;
    const found = await ask(this.symbol, this.frame, this.hours, range, signal);
    signal.throwIfAborted();
    return found;
  }
}
