// Working orders, fills and the position of the contract that is shown, as a table and as lines of the chart.

const WORKING = new Set(["PreSubmitted", "Submitted", "PendingSubmit", "PendingCancel", "ApiPending"]);
const MOST = 50;
const number = (value) => String(Math.round(value * 1e6) / 1e6);
const signed = (value) => `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`;

export class Blotter {
  /** `onPick` gets the time, in seconds, of the fill that was chosen. */
  constructor(place, onPick) {
    this.place = place;
    place.addEventListener("click", ({ target }) => {
      const row = target.closest("tr[data-time]");
      if (row) onPick(Number(row.dataset.time));
    });
    this.all = { orders: new Map(), fills: new Map(), positions: new Map(), profits: new Map() };
    this.reset(null, 2);
  }

  reset(contract, precision) {
    this.contract = contract;
    this.precision = precision;
    this.dirty = true;
  }

  /** Any message of topics `orders` and `account`, or a mark that is an order. */
  take({ type, contract_id, data }) {
    const { orders, fills, positions, profits } = this.all;
    if (type === "order") orders.set(data.perm_id || `${data.client_id}:${data.order_id}`, { ...data, contract_id });
    else if (type === "fill") fills.set(data.execution_id.replace(/\.\d+$/, ""), { ...data, contract_id });
    else if (type === "position") positions.set(contract_id, data);
    else if (type === "profit") profits.set(contract_id || 0, data);
    else return;
    this.dirty = true;
  }

  get orders() {
    return [...this.all.orders.values()].filter((each) => each.contract_id === this.contract?.contract_id).reverse();
  }

  get fills() {
    const mine = [...this.all.fills.values()].filter((each) => each.contract_id === this.contract?.contract_id);
    return mine.map((each) => ({ ...each, time: each.unix_time })).sort((a, b) => a.time - b.time);
  }

  get position() {
    const held = this.all.positions.get(this.contract?.contract_id);
    return held && held.quantity !== 0 ? held : null;
  }

  get profit() {
    return this.all.profits.get(this.contract?.contract_id)?.unrealized ?? null;
  }

  /** Lines for the chart: working orders with a price, and the position. */
  lines(marked) {
    const priced = [...this.orders, ...marked.map(asOrder)]
      .filter((each) => WORKING.has(each.status) && (each.limit_price ?? each.stop_price) != null)
      .map((each) => ({
        id: `order:${each.perm_id || each.order_id}`, price: each.limit_price ?? each.stop_price,
        text: `${each.side} ${number(each.remaining)} ${each.order_type}`, side: each.side.toLowerCase(), style: "dashed",
      }));
    const held = this.position;
    if (!held) return priced;
    const way = held.quantity > 0 ? "LONG" : "SHORT";
    const profit = this.profit === null ? "" : `  ${signed(this.profit)}`;
    return [...priced, {
      id: "position", price: held.average_cost, text: `${way} ${number(Math.abs(held.quantity))}${profit}`,
      side: held.quantity > 0 ? "buy" : "sell", style: "solid",
    }];
  }

  show(marked) {
    const price = (value) => (value == null ? "–" : value.toFixed(this.precision));
    const table = document.createElement("table");
    table.append(row("th", ["Working / fills", "Side", "Qty", "Price", "Status"]));
    const working = [...marked.map(asOrder), ...this.orders];
    for (const each of working.slice(0, MOST)) {
      const total = each.filled + each.remaining;
      const done = each.filled && each.remaining ? ` ${number(each.filled)}/${number(total)}` : "";
      const what = ["#" + each.order_id, each.order_type, each.time_in_force].filter(Boolean).join(" ");
      const at = price(each.average_price ?? each.limit_price ?? each.stop_price);
      table.append(row("td", [what, each.side || "–", number(total), at, each.status + done]));
    }
    for (const each of this.fills.slice(-MOST).reverse()) {
      const paid = each.commission == null ? "" : ` −${each.commission.toFixed(2)}`;
      const found = row("td", [`fill ${each.exchange}`, each.side, number(each.quantity), price(each.price), `Filled${paid}`]);
      found.dataset.time = each.unix_time;
      table.append(found);
    }
    const held = this.position;
    if (held) {
      const way = held.quantity > 0 ? "LONG" : "SHORT";
      const profit = this.profit === null ? "–" : `${signed(this.profit)} ${this.contract.currency}`;
      const found = row("td", ["Position", way, number(Math.abs(held.quantity)), price(held.average_cost), profit]);
      found.lastElementChild.className = this.profit >= 0 ? "up" : "down";
      found.id = "position";
      table.append(found);
    } else if (table.rows.length === 1) table.append(row("td", ["no orders, no position", "", "", "", ""], "nothing"));
    const day = this.all.profits.get(0);
    if (day) table.append(row("td", ["Account today", "", "", "", signed(day.daily ?? 0)], "nothing"));
    this.place.replaceChildren(table);
    this.dirty = false;
  }
}

const asOrder = (mark) => ({
  order_id: mark.id, side: mark.side, order_type: mark.order_type, filled: mark.filled,
  remaining: mark.quantity - mark.filled, status: mark.status, limit_price: mark.price, average_price: null,
  time_in_force: mark.time_in_force,
});

function row(kind, texts, look = "") {
  const found = document.createElement("tr");
  if (look) found.className = look;
  found.append(...texts.map((text) => {
    const cell = document.createElement(kind);
    cell.textContent = text;
    if (text === "BUY" || text === "LONG") cell.className = "up";
    if (text === "SELL" || text === "SHORT") cell.className = "down";
    return cell;
  }));
  return found;
}
