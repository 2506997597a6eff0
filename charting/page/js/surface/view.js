// Which prices are on screen.

const FEWEST = 12;
const MOST = 400;
/** A view that was laid for what is known has room around it, so that it can stay for a while. */
const ROOM = 1.2;
/** It is laid anew, too, when less than this part of it is needed. */
const SPARSE = 0.5;
/** Of what was before, so many heights of the book above and below the market are worth showing. */
const REACH = 2;
/** With a zoom of the user's, the market may go so far from the middle, in parts of the rows. */
const LOOSE = 0.25;

/**
 * Rows are counted in steps of the price. The view is laid anew only when the book would leave it: a picture that moves
 * with every tick cannot be read.
 */
export class View {
  constructor() {
    this.clear();
  }

  clear() {
    this.step = Infinity;
    this.rows = 40;
    this.centre = 0;
    this.placed = false;
    this.following = true;
    this.fitting = true;
  }

  get bottom() {
    return this.centre - Math.floor(this.rows / 2);
  }

  rowOf(price) {
    return Math.round(price / this.step);
  }

  /** How far down a price is, 0 at the upper edge and 1 at the lower one. */
  down(price) {
    return (this.bottom + this.rows - 0.5 - price / this.step) / this.rows;
  }

  /** Take in the book as it is and the `extent`, `{low, high}`, of those on screen; whether the view is another one. */
  follow(book, step, extent) {
    const before = `${this.step} ${this.centre} ${this.rows}`;
    if (step < this.step) {
      this.step = step;
      this.placed = false;
    }
    if (this.step === Infinity || !(book.low <= book.high)) return false;
    if (!this.placed || (this.following && !this.#holds(book, extent))) this.#lay(book, extent);
    return before !== `${this.step} ${this.centre} ${this.rows}`;
  }

  /** Follow the market again, with a zoom that fits. */
  recentre() {
    this.following = this.fitting = true;
    this.placed = false;
  }

  /** Show `factor` times as many prices. */
  zoom(factor) {
    this.fitting = false;
    this.#resize(this.rows * factor);
  }

  /** Show prices that are so many steps higher, and stay there. */
  pan(rows) {
    this.following = false;
    this.centre += rows;
  }

  #holds(book, extent) {
    if (!this.fitting) return Math.abs(middle(book) / this.step - this.centre) <= LOOSE * this.rows;
    const { low, high } = worthShowing(book, extent);
    const whole = this.rowOf(book.low) >= this.bottom && this.rowOf(book.high) < this.bottom + this.rows;
    return whole && (this.rows === FEWEST || (high - low) / this.step > SPARSE * this.rows);
  }

  #lay(book, extent) {
    this.placed = true;
    if (!this.fitting) {
      this.centre = this.rowOf(middle(book));
      return;
    }
    const { low, high } = worthShowing(book, extent);
    this.#resize((ROOM * (high - low)) / this.step + 2);
    this.centre = this.rowOf((low + high) / 2);
  }

  #resize(rows) {
    this.rows = Math.max(FEWEST, Math.min(MOST, 2 * Math.round(rows / 2)));
  }
}

function worthShowing(book, extent) {
  const height = REACH * (book.high - book.low);
  return {
    low: Math.min(book.low, Math.max(extent.low, middle(book) - height)),
    high: Math.max(book.high, Math.min(extent.high, middle(book) + height)),
  };
}

function middle(book) {
  const known = [book.bid, book.ask].filter(Number.isFinite);
  return known.reduce((sum, price) => sum + price, 0) / known.length;
}
