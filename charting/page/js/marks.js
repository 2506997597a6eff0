// Marks of programs and the account's orders, fills and position, as arrows, lines and cones on the chart.

const { LineStyle } = LightweightCharts;
const STYLES = { solid: LineStyle.Solid, dotted: LineStyle.Dotted, dashed: LineStyle.Dashed };
const SECOND = 1e9;

export class Marks {
  constructor(chart, colour) {
    this.chart = chart;
    this.colour = colour;
    this.lines = new Map();
    this.clear();
  }

  clear() {
    this.all = new Map();
    this.fills = [];
    this.wanted = new Map();
  }

  /** A `mark` message. */
  take({ data }) {
    if (data.cleared) this.all.clear();
    else if (data.gone) this.all.delete(data.gone);
    else this.all.set(data.id, data);
  }

  of(kind) {
    return [...this.all.values()].filter((each) => each.kind === kind);
  }

  /** The forecast that is newest, for the legend. */
  get forecast() {
    return this.chart.cone.on ? this.chart.cone.forecasts.at(-1) : undefined;
  }

  /** Draw all, with lines of `prices`: {id, price, text, side, style, width}. */
  draw(bars, prices) {
    const place = (time) => bars.list.findLast((each) => each.time <= time);
    this.#arrows(place);
    const lines = this.of("price_line").map((each) => ({ ...each, style: each.line_style, width: each.line_width }));
    this.#priceLines([...lines, ...prices]);
    const labels = this.of("label").map((each) => ({ ...each, time: place(each.time / SECOND)?.time }));
    this.chart.stubs.labels = labels.filter((each) => each.time !== undefined);
    this.chart.cone.forecasts = this.of("forecast")
      .filter((each) => place(each.time / SECOND) && each.steps.length)
      .sort((a, b) => a.time - b.time)
      .map((each) => this.#forecast(each, place(each.time / SECOND)));
    this.chart.cone.update();
  }

  #forecast({ model, steps, id }, bar) {
    const seconds = steps.map((each) => ({ ...each, time: each.time / SECOND }));
    return { id, model, time: bar.time, price: bar.close, steps: seconds };
  }

  #arrows(place) {
    const labels = this.of("label").filter((each) => each.use_marker).map((each) => ({
      side: each.side, time: place(each.time / SECOND)?.time,
      text: each.show_price_label ? "" : each.text,
    }));
    const fills = this.fills.map((each) => ({
      side: each.side.toLowerCase(), time: place(each.time)?.time, text: `${each.side} ${each.quantity}`,
    }));
    this.chart.arrows.all = [...labels, ...fills].filter((each) => each.time !== undefined);
    this.chart.arrows.update();
  }

  #priceLines(wanted) {
    const ids = new Set(wanted.map((each) => each.id));
    for (const [id, line] of this.lines) {
      if (ids.has(id)) continue;
      this.chart.candles.settled.removePriceLine(line);
      this.lines.delete(id);
    }
    for (const each of wanted) {
      const hue = this.colour(each.side === "sell" ? "down" : each.side === "buy" ? "accent" : "warm");
      const options = {
        price: each.price, title: each.text, color: hue, axisLabelVisible: true,
        lineStyle: STYLES[each.style || "dashed"], lineWidth: each.width || 1,
      };
      const line = this.lines.get(each.id);
      if (line) line.applyOptions(options);
      else this.lines.set(each.id, this.chart.candles.settled.createPriceLine(options));
    }
  }
}
