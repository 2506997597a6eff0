// The indicators that are switched on, as lines over the candles or in a pane of their own.

import { Bollinger, Ema, Rsi, Sma, Vwap } from "./indicators.js";

const { LineSeries } = LightweightCharts;
/** Name, text, how it is made, its colour, whether it has a pane of its own. */
const OFFERED = [
  ["sma", "SMA 20", () => new Sma(20), "study-1", false],
  ["ema", "EMA 50", () => new Ema(50), "study-2", false],
  ["vwap", "VWAP (session)", (sessionOf) => new Vwap(sessionOf), "study-4", false],
  ["bollinger", "Bollinger 20, 2", () => new Bollinger(20, 2), "study-3", false],
  ["rsi", "RSI 14", () => new Rsi(14), "study-2", true],
];

export class Studies {
  /** `sessionOf` gives of a time what changes with the session. */
  constructor(chart, colour, sessionOf) {
    Object.assign(this, { chart, colour, sessionOf });
    this.on = new Map();
  }

  static get offered() {
    return OFFERED.map(([name, text]) => [name, text]);
  }

  set(name, wanted) {
    const known = this.on.get(name);
    if (known && !wanted) {
      for (const each of Object.values(known.series)) this.chart.chart.removeSeries(each);
      this.on.delete(name);
    } else if (!known && wanted) this.#add(OFFERED.find(([each]) => each === name));
  }

  #add(offered) {
    if (!offered) return;
    const [name, text, make, hue, own] = offered;
    const study = make((time) => this.sessionOf(time));
    const options = {
      lineWidth: 1, color: this.colour(hue), priceLineVisible: false, lastValueVisible: own,
      crosshairMarkerVisible: false,
    };
    const pane = own ? this.chart.chart.panes().length : 0;
    const series = Object.fromEntries(
      Object.keys(study.lines).map((line) => [line, this.chart.chart.addSeries(LineSeries, options, pane)]),
    );
    if (own) {
      series.rsi.getPane().setStretchFactor(1.2);
      for (const price of [30, 70])
        series.rsi.createPriceLine({ price, color: this.colour("edge"), lineWidth: 1, axisLabelVisible: false });
    }
    this.on.set(name, { text, study, series, hue });
  }

  restyle() {
    for (const { series, hue } of this.on.values())
      for (const each of Object.values(series)) each.applyOptions({ color: this.colour(hue) });
  }

  /** Bars from index `from` on have changed. */
  update(bars, from) {
    for (const { study, series } of this.on.values()) {
      study.update(bars.list, from);
      for (const [name, line] of Object.entries(series)) this.#draw(line, bars.list, study.lines[name], from);
    }
  }

  #draw(line, list, values, from) {
    const point = (n) => (values[n] === null ? { time: list[n].time } : { time: list[n].time, value: values[n] });
    if (from < list.length - 3) line.setData(list.map((_, n) => point(n)));
    else for (let n = from; n < list.length; n += 1) line.update(point(n), n < list.length - 1);
  }

  /** The values at a bar, as [text, value, colour]. */
  at(index) {
    return [...this.on.values()].flatMap(({ text, study, hue }) => {
      const values = Object.values(study.lines).map((each) => each[index]);
      return values.some((each) => each != null) ? [[text, values, hue]] : [];
    });
  }
}
