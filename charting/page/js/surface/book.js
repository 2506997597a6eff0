// A book as it stood at one moment; nobody changes it after it is made, so columns of all spans may share it.

/**
 * @param message a `depth` object of the server
 * @returns {{time, since, prices, sizes, bids, bid, ask, low, high, shared}} `prices` ascending with their `sizes`
 *   (several makers at one price added up); the first `bids` of them are bids. `bid` and `ask` are the best ones or
 *   NaN. Of prices below `low` and above `high` the book says nothing. `shared`: several rows may have one price, so
 *   that the outermost prices may hold more than what is shown.
 */
export function readBook(message) {
  const { bids, asks, since, smart } = message.data;
  const below = levels(bids).reverse();
  const above = levels(asks);
  const all = [...below, ...above];
  return {
    time: Date.parse(message.timestamp),
    since: since ? Date.parse(since) : 0,
    prices: Float64Array.from(all, (level) => level[0]),
    sizes: Float32Array.from(all, (level) => level[1]),
    bids: below.length,
    bid: below.length ? below.at(-1)[0] : NaN,
    ask: above.length ? above[0][0] : NaN,
    low: all.length ? Math.min(all[0][0], all[below.length]?.[0] ?? Infinity) : NaN,
    high: all.length ? Math.max(all.at(-1)[0], all[below.length - 1]?.[0] ?? -Infinity) : NaN,
    shared: Boolean(smart),
  };
}

/** Whether a book was just emptied to be sent anew, which is another thing than a market without orders. */
export function isReset(book) {
  return book.prices.length === 0 && book.since >= book.time;
}

/** Size at a price: 0 where the book has none, NaN where it says nothing. */
export function sizeAt(book, price, step) {
  if (!(price >= book.low - step / 2 && price <= book.high + step / 2)) return NaN;
  let size = 0;
  for (let i = 0; i < book.prices.length; i++) {
    if (Math.abs(book.prices[i] - price) < step / 2) size += book.sizes[i];
  }
  return size;
}

/** The smallest step between prices that this book shows; Infinity when it has fewer than two. */
export function stepOf(book) {
  let step = Infinity;
  for (let i = 1; i < book.prices.length; i++) {
    const difference = book.prices[i] - book.prices[i - 1];
    if (difference > 1e-9 && difference < step) step = difference;
  }
  // 223.79 - 223.78 is 0.00999999999999: rows counted by it would be off after some hundred.
  return Number(step.toPrecision(6));
}

function levels(rows) {
  const merged = [];
  for (const { price, size } of rows) {
    if (merged.length && merged.at(-1)[0] === price) merged.at(-1)[1] += size;
    else merged.push([price, size]);
  }
  return merged;
}
