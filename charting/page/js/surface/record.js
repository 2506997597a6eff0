// What has come of one contract: its book, and the columns of all spans.

import { isReset, readBook } from "./book.js";
import { Columns } from "./columns.js";
import { Sides } from "./sides.js";

/** No picture: it takes in the server's messages and says what is known. */
export class Record {
  /** @param spans milliseconds of the columns @param clock the server's time, see `ServerClock` */
  constructor(spans, clock) {
    this.clock = clock;
    this.all = new Map(spans.map((span) => [span, new Columns(span)]));
    this.reset(null);
  }

  /** Begin anew; of `null` all contracts are taken for the one. */
  reset(contract) {
    this.contract = contract;
    this.book = null;
    this.price = null;
    this.losingSince = null;
    this.sides = new Sides();
    this.clock.clear();
    for (const columns of this.all.values()) columns.clear();
  }

  /** Whether a message is about this contract. */
  concerns(message) {
    return !this.contract || message.contract_id === this.contract.contract_id;
  }

  /** The whole book after a change. */
  depth(message) {
    const book = readBook(message);
    this.clock.hear(book.time);
    // What stood in the old book may have been wrong until then: that is what a reset says.
    if (this.book && book.since > this.book.since) this.lost(book.since, book.time + 1);
    if (isReset(book)) {
      this.lost(book.time, null);
      return;
    }
    this.book = book;
    this.losingSince = null;
    for (const columns of this.all.values()) columns.show(book);
  }

  /** A trade; one that history brought later has no aggressor, and lies in its second. */
  trade(message) {
    const { price, size, source, unix_time: second } = message.data;
    const late = source === "history";
    const time = late ? second * 1000 : Date.parse(message.timestamp);
    if (!late) {
      this.clock.hear(time);
      this.advance(time);
      this.price = price;
    }
    if (!(size > 0)) return;
    const [{ bid, ask }] = this.all.values();
    const side = late ? "" : this.sides.of(price, bid, ask);
    for (const columns of this.all.values()) columns.trade(time, price, size, side);
  }

  /** Best bid and offer: they say where the market is while the book is not known. */
  quote(message) {
    const { bid_price: bid, ask_price: ask, source } = message.data;
    if (source === "history") return;
    const time = Date.parse(message.timestamp);
    this.clock.hear(time);
    for (const columns of this.all.values()) columns.quote(time, bid ?? NaN, ask ?? NaN);
  }

  /** Of [from, to) the book is not known; without `to`, or when no book came since, until the next one. */
  lost(from, to) {
    for (const columns of this.all.values()) columns.lose(from, to);
    if (to !== null && this.book && this.book.time >= to) return;
    this.book = null;
    this.losingSince ??= from;
  }

  /** What a stream says of itself. */
  news(message) {
    const [from, to, now] = [message.from, message.to, message.timestamp].map((text) => Date.parse(text));
    this.clock.hear(now);
    // Bounds are of IB's clock, books of the server's: a loss is never later than it is told, nor than what ended it.
    if (message.type === "gap" || message.code === "resumed") this.#missed(Math.min(from, now), to);
    else if (message.code === "interrupted") this.lost(Number.isNaN(from) ? now : Math.min(from, now), null);
    else if (message.code === "paused") this.lost(now, null);
  }

  #missed(from, to) {
    const end = this.book ? Math.min(to, this.book.time) : to;
    this.lost(Math.min(from, end), end);
  }

  /** Time goes on. */
  advance(time) {
    for (const columns of this.all.values()) columns.advance(time);
  }
}
