// The book as a table, for who cannot see the picture.

const EVERY = 5000;

/** Written anew now and then, not with each change: a table that changes while it is read cannot be read. */
export class BookTable {
  constructor(element) {
    this.element = element;
    this.shown = -Infinity;
    this.element.innerHTML = "<caption>Order book</caption>";
  }

  show(book, now) {
    if (now - this.shown < EVERY) return;
    this.shown = now;
    const rows = book ? Array.from(book.prices, (price, i) => row(i < book.bids, price, book.sizes[i])).reverse() : [];
    const head = "<thead><tr><th>side</th><th>price</th><th>size</th></tr></thead>";
    this.element.innerHTML = `<caption>Order book</caption>${head}<tbody>${rows.join("")}</tbody>`;
  }
}

function row(bid, price, size) {
  return `<tr><td>${bid ? "bid" : "ask"}</td><td>${price}</td><td>${size}</td></tr>`;
}
