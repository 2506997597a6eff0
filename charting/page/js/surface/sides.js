// Who was the aggressor of a trade: the feed does not say.

/**
 * At the offer or above it is a buyer, at the bid or below a seller; between them the nearer one, in the middle who
 * moved the price last (Lee and Ready, 1991).
 */
export class Sides {
  constructor() {
    this.price = NaN;
    this.side = "";
  }

  of(price, bid, ask) {
    const moved = price > this.price ? "buy" : price < this.price ? "sell" : this.side;
    const side = byQuote(price, bid, ask) || moved;
    this.price = price;
    this.side = side;
    return side;
  }
}

function byQuote(price, bid, ask) {
  if (price >= ask) return "buy";
  if (price <= bid) return "sell";
  const above = price - (bid + ask) / 2;
  return above > 0 ? "buy" : above < 0 ? "sell" : "";
}
