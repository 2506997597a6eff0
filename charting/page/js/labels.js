// What is written on the candles: arrows of trades, and stubs at their prices.

import { Primitive } from "./primitives.js";

const FONT = "12px system-ui, 'DejaVu Sans', sans-serif";
const AWAY = 7;
const ARROW = 13;
const LINE = 15;

/** An arrow below a bar for what was bought, above it for all else; several at one bar stand in a row. */
export class Arrows extends Primitive {
  constructor() {
    super("top");
    this.all = [];
    this.seconds = 60;
  }

  restyle(colour) {
    this.colours = { buy: colour("accent"), sell: colour("down"), signal: colour("warm") };
  }

  draw(context, { width }) {
    context.font = FONT;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const taken = new Map();
    for (const each of this.all) {
      const index = this.index(each.time);
      const [x, bar] = [this.x(each.time), index === null ? null : this.bars.at(Math.round(index))];
      if (x === null || !bar || x < -ARROW || x > width + ARROW) continue;
      const way = each.side === "buy" ? 1 : -1;
      const before = taken.get(way * each.time) ?? AWAY;
      this.#arrow(context, x, this.y(way > 0 ? bar.low : bar.high) + way * before, way, each);
      taken.set(way * each.time, before + ARROW + (each.text ? LINE : 0) + 3);
    }
    context.textAlign = "start";
  }

  #arrow(context, x, y, way, { side, text }) {
    context.fillStyle = this.colours[side];
    context.beginPath();
    context.moveTo(x, y);
    for (const [dx, dy] of [[5.5, 6.5], [2, 6.5], [2, ARROW], [-2, ARROW], [-2, 6.5], [-5.5, 6.5]])
      context.lineTo(x + dx, y + way * dy);
    context.fill();
    if (text) context.fillText(text, x, y + way * (ARROW + LINE / 2 + 1));
  }
}

const DASHES = { solid: [], dotted: [2, 3], dashed: [5, 4] };

/** A short line at a label's price, with the text beside it. */
export class Stubs extends Primitive {
  constructor() {
    super("top");
    this.labels = [];
    this.seconds = 60;
  }

  restyle(colour) {
    this.colours = { buy: colour("accent"), sell: colour("down"), signal: colour("warm") };
  }

  draw(context) {
    context.font = FONT;
    context.textBaseline = "middle";
    const spacing = this.chart.timeScale().options().barSpacing;
    for (const each of this.labels) {
      const [x, y] = [this.x(each.time), this.y(each.price)];
      if (x === null || y === null) continue;
      const end = x + Math.max(spacing * each.stub_bars, 8);
      context.strokeStyle = context.fillStyle = this.colours[each.side];
      if (each.show_price_stub) {
        context.setLineDash(DASHES[each.line_style]);
        context.lineWidth = each.line_width;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(end, y);
        context.stroke();
        context.setLineDash([]);
      }
      if (each.show_price_label && each.text) context.fillText(each.text, end + 4, y);
    }
  }
}
