// What is known of one cell: a price in one column.

import { sizeAt } from "./book.js";
import { digitsOf, short } from "./layout.js";

/**
 * `state` is one of `lost` (depth was lost then), `nothing` (no book yet), `unknown` (the book does not reach so far),
 * `empty`, `bid`, `ask`; `atLeast`: the book ends at this price, where there may be more of other makers.
 */
export function cellOf(columns, view, number, row) {
  const slot = columns.at(number);
  const price = row * view.step;
  const cell = { number, row, price, time: number * columns.span, size: 0, atLeast: false, ...traded(slot, view, row) };
  if (!slot || (!slot.lost && !slot.book)) return { ...cell, state: "nothing" };
  if (slot.lost) return { ...cell, state: "lost" };
  const { book } = slot;
  const size = sizeAt(book, price, view.step);
  if (Number.isNaN(size)) return { ...cell, state: "unknown" };
  const outermost = [view.rowOf(book.low), view.rowOf(book.high)].includes(row);
  const state = size === 0 ? "empty" : row <= view.rowOf(book.bid) ? "bid" : "ask";
  return { ...cell, state, size, atLeast: size > 0 && book.shared && outermost };
}

/** A cell in one line, for the tooltip and for a screen reader. */
export function describe(cell, view, formatTime) {
  const parts = [cell.price.toFixed(digitsOf(view.step)), formatTime(cell.time), wordsOf(cell)];
  if (cell.bought) parts.push(`bought ${short(cell.bought)}`);
  if (cell.sold) parts.push(`sold ${short(cell.sold)}`);
  return parts.join(" · ");
}

function wordsOf(cell) {
  const more = cell.atLeast ? " or more: the book ends here" : "";
  return {
    bid: `bid ${short(cell.size)}${more}`,
    ask: `ask ${short(cell.size)}${more}`,
    empty: "no orders",
    unknown: "beyond the book: not known",
    lost: "depth was lost: not known",
    nothing: "no book",
  }[cell.state];
}

function traded(slot, view, row) {
  const sum = { bought: 0, sold: 0 };
  for (const dot of slot?.dots ?? []) {
    if (view.rowOf(dot.price) !== row) continue;
    sum[dot.side === "sell" ? "sold" : "bought"] += dot.size;
  }
  return sum;
}
