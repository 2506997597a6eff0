// What is known of a book and its trades over time, in columns of one length.

/** How many columns are kept: a frozen picture stays whole for so long after it has left the screen. */
export const KEPT = 2400;

/**
 * A column shows the book as it stood last in it. It is `lost` when a part of it is: a loss is never painted over,
 * neither by the book before it nor by the one after it. A column without a book was before the first one.
 */
export class Columns {
  /** @param span milliseconds that a column is long */
  constructor(span) {
    this.span = span;
    this.clear();
  }

  clear() {
    this.slots = new Array(KEPT);
    this.newest = null;
    this.oldest = null;
    this.changed = Infinity;
    this.book = null;
    this.losing = false;
    this.bid = NaN;
    this.ask = NaN;
  }

  number(time) {
    return Math.floor(time / this.span);
  }

  /** The column of that number, or undefined where none is kept. */
  at(number) {
    if (this.newest === null || number > this.newest || number < this.oldest) return undefined;
    return this.slots[number % KEPT];
  }

  /** Time goes on, whether anything happens or not. */
  advance(time) {
    const number = this.number(time);
    if (this.newest === null) this.oldest = number;
    else if (number <= this.newest) return;
    const first = Math.max((this.newest ?? number - 1) + 1, number - KEPT + 1);
    for (let n = first; n <= number; n++) this.slots[n % KEPT] = this.#next();
    this.changed = Math.min(this.changed, first);
    this.newest = number;
    this.oldest = Math.max(this.oldest, number - KEPT + 1);
  }

  /** The book from its time on; it may come a little late, when later columns are there already. */
  show(book) {
    this.advance(book.time);
    this.losing = false;
    this.book = book;
    [this.bid, this.ask] = [book.bid, book.ask];
    const first = this.number(book.time);
    for (let n = Math.max(first, this.oldest); n <= this.newest; n++) {
      const slot = this.slots[n % KEPT];
      if (n > first) slot.lost = false;
      Object.assign(slot, { book, bid: book.bid, ask: book.ask });
    }
    this.changed = Math.min(this.changed, first);
  }

  /** Best bid and offer while there is no book to read them from. */
  quote(time, bid, ask) {
    this.advance(time);
    if (this.book) return;
    [this.bid, this.ask] = [bid, ask];
    Object.assign(this.slots[this.newest % KEPT], { bid, ask });
  }

  /** Of [from, to) the book is not known; without `to`, or when no book came after it, until the next one. */
  lose(from, to) {
    // The columns up to then still have the book, also if nobody has looked since.
    this.advance(from);
    const closed = to !== null && this.book !== null && this.book.time >= to;
    if (!closed) {
      this.losing = true;
      this.book = null;
      this.bid = this.ask = NaN;
    }
    const last = closed ? Math.min(this.number(to - 1), this.newest) : this.newest;
    const first = Math.max(this.number(from), this.oldest);
    for (let n = first; n <= last; n++) Object.assign(this.slots[n % KEPT], { lost: true, bid: NaN, ask: NaN });
    this.changed = Math.min(this.changed, first);
  }

  /** A trade; those of one column, price and side are one dot. */
  trade(time, price, size, side) {
    if (this.newest === null) return;
    const slot = this.at(this.number(time));
    if (!slot) return;
    const dot = slot.dots.find((each) => each.price === price && each.side === side);
    if (dot) dot.size += size;
    else slot.dots.push({ price, size, side });
  }

  /** Lowest and highest price that the books of columns [first, last] speak of. */
  extent(first, last) {
    let [low, high] = [Infinity, -Infinity];
    for (let n = Math.max(first, this.oldest); n <= last; n++) {
      const { book } = this.slots[n % KEPT];
      if (book?.low < low) low = book.low;
      if (book?.high > high) high = book.high;
    }
    return { low, high };
  }

  #next() {
    return { book: this.book, lost: this.losing, bid: this.bid, ask: this.ask, dots: [] };
  }
}
