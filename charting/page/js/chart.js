// Candles and volume, drawn from bars: what has changed, once per frame.

import { Arrows, Stubs } from "./labels.js";
import { Cone, Shading } from "./primitives.js";
import { Series } from "./series.js";

const { createChart, CandlestickSeries, HistogramSeries, CrosshairMode, LineStyle } = LightweightCharts;
const FLASH = 1_500;
const NEAR = 60;
const AHEAD = 12;

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export class Chart {
  /** `on.older` is called near the oldest bar, `on.follow` with whether the newest bar is in sight. */
  constructor(place, on) {
    this.on = on;
    this.flashing = new Set();
    this.drawn = new Set();
    this.chart = createChart(place, { autoSize: true, layout: { attributionLogo: true, panes: { enableResize: true } } });
    // The series' own line takes the colour of the body, which a provisional bar has none of.
    const quiet = { lastValueVisible: false, priceLineVisible: false };
    const candles = () => this.chart.addSeries(CandlestickSeries, { borderVisible: true, ...quiet });
    this.candles = new Series(candles, (bar) => this.#candle(bar));
    this.last = this.candles.settled.createPriceLine({ price: 0, lineWidth: 1, lineStyle: LineStyle.Dotted, axisLabelVisible: true });
    this.chart.panes()[0].setStretchFactor(5);
    this.#addVolume();
    this.shading = new Shading();
    this.cone = new Cone();
    this.stubs = new Stubs();
    this.arrows = new Arrows();
    this.primitives = [this.shading, this.stubs, this.cone, this.arrows];
    for (const each of this.primitives) this.candles.attach(each);
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.#moved(range));
    this.restyle();
  }

  /** Another contract or frame: its zone, the length of its bars in seconds, its tick, whether it has trades. */
  begin({ zone, seconds, minTick, traded }) {
    this.seconds = seconds;
    if (traded && !this.volume) this.#addVolume();
    if (!traded && this.volume) this.#removeVolume();
    this.drawn.clear();
    for (const each of this.primitives) each.seconds = seconds;
    const precision = Math.max(2, Math.ceil(-Math.log10(minTick || 0.01)));
    this.candles.applyOptions({ priceFormat: { type: "price", precision, minMove: minTick || 0.01 } });
    this.precision = precision;
    this.rezone(zone);
  }

  #addVolume() {
    const options = { priceFormat: { type: "volume" }, priceLineVisible: false, lastValueVisible: false };
    const pane = this.chart.addPane();
    this.volume = new Series(() => pane.addSeries(HistogramSeries, options), (bar) => this.#column(bar));
    this.volume.running.applyOptions({ lastValueVisible: true });
    this.volume.running.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0 } });
    pane.setStretchFactor(1);
    pane.moveTo(1);
  }

  /** Its pane goes with it. */
  #removeVolume() {
    this.chart.removeSeries(this.volume.settled);
    this.chart.removeSeries(this.volume.running);
    this.volume = null;
  }

  rezone(zone) {
    this.zone = zone;
    this.chart.applyOptions({
      localization: { timeFormatter: zone.format, locale: "en-GB" },
      timeScale: {
        tickMarkFormatter: zone.tick, timeVisible: !zone.days, secondsVisible: this.seconds < 60, rightOffset: AHEAD,
        minBarSpacing: 0.5,
      },
    });
  }

  restyle() {
    const [text, grid, edge] = [colour("muted"), colour("grid"), colour("edge")];
    this.chart.applyOptions({
      layout: {
        background: { color: colour("page") }, textColor: text, fontSize: 12,
        panes: { separatorColor: edge, separatorHoverColor: grid },
      },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      rightPriceScale: { borderColor: edge },
      timeScale: { borderColor: edge },
      crosshair: { mode: CrosshairMode.Normal },
    });
    this.colours = {
      up: colour("up"), down: colour("down"), flash: colour("warm"), page: colour("page"),
      volume: { up: colour("up-volume"), down: colour("down-volume") },
    };
    const { up, down } = this.colours;
    this.candles.applyOptions({
      upColor: up, downColor: down, borderUpColor: up, borderDownColor: down, wickUpColor: up, wickDownColor: down,
    });
    for (const each of this.primitives) each.restyle(colour);
  }

  /** Draw what has changed of `bars`; the answer says from which index on. */
  draw(bars) {
    const { all, bars: changed } = bars.changes();
    // Whatever is told to the chart draws all of it again.
    if (!all && !changed.length) return bars.list.length;
    if (bars.last) {
      const { open, close } = bars.last;
      this.last.applyOptions({ price: close, color: this.colours[close >= open ? "up" : "down"] });
    }
    const inside = changed.every((each) => this.drawn.has(each.time) || each.time > (this.newest ?? -1));
    if (all || !inside) {
      this.#anew(bars);
      return 0;
    }
    for (const each of changed) {
      this.candles.update(each);
      this.volume?.update(each);
      this.drawn.add(each.time);
      this.newest = Math.max(each.time, this.newest ?? each.time);
    }
    return bars.places.get(changed[0].time);
  }

  /** All again. Who looks at the past goes on seeing the same bars, whatever came in before or after them. */
  #anew(bars) {
    const scale = this.chart.timeScale();
    const range = this.drawn.size ? scale.getVisibleLogicalRange() : null;
    const before = [...this.drawn];
    const { list } = bars;
    this.candles.set(list);
    this.volume?.set(list);
    this.drawn = new Set(list.map((each) => each.time));
    this.newest = bars.last?.time;
    if (!range || range.to >= before.length - 1) return;
    const at = Math.max(0, Math.round(range.to));
    const moved = (bars.places.get(before[at]) ?? at) - at;
    scale.setVisibleLogicalRange({ from: range.from + moved, to: range.to + moved });
  }

  /** Show that history has changed a bar. */
  flash(bars, time) {
    this.flashing.add(time);
    const again = () => {
      if (this.drawn.has(time) && bars.get(time)) this.candles.update(bars.get(time));
    };
    setTimeout(() => {
      this.flashing.delete(time);
      again();
    }, FLASH);
    again();
  }

  /** The newest `count` bars. */
  show(count) {
    const last = this.drawn.size - 1;
    this.chart.timeScale().setVisibleLogicalRange({ from: last - count, to: last + AHEAD });
  }

  toLive() {
    this.chart.timeScale().scrollToPosition(AHEAD, false);
  }

  pan(bars) {
    this.#look(({ from, to }) => ({ from: from + bars, to: to + bars }));
  }

  zoom(factor) {
    this.#look(({ from, to }) => ({ from: to - (to - from) * factor, to }));
  }

  /** The library moves with its next frame: keys that come before it go on from where it will be. */
  #look(change) {
    const scale = this.chart.timeScale();
    const range = this.wanted ?? scale.getVisibleLogicalRange();
    if (!range) return;
    this.wanted = change(range);
    scale.setVisibleLogicalRange(this.wanted);
    requestAnimationFrame(() => (this.wanted = null));
  }

  reset() {
    this.chart.timeScale().resetTimeScale();
    this.candles.settled.priceScale().applyOptions({ autoScale: true });
    this.toLive();
  }

  /** To a time, which is put in the middle. */
  goTo(bars, time) {
    const at = bars.list.findLastIndex((each) => each.time <= time);
    if (at >= 0) this.chart.timeScale().setVisibleLogicalRange({ from: at - 60, to: at + 60 });
  }

  #moved(range) {
    if (!range) return;
    this.on.follow(range.to >= this.drawn.size - 1);
    if (range.from < NEAR) this.on.older();
  }

  #candle(bar) {
    const { time, open, high, low, close, final } = bar;
    const found = { time, open, high, low, close };
    const hue = this.flashing.has(time) ? this.colours.flash : close >= open ? this.colours.up : this.colours.down;
    // Hollow until it is history's.
    if (!final) return { ...found, color: this.colours.page, borderColor: hue, wickColor: hue };
    return this.flashing.has(time) ? { ...found, color: hue, borderColor: hue, wickColor: hue } : found;
  }

  #column({ time, open, close, volume, final }) {
    const hue = this.colours.volume[close >= open ? "up" : "down"];
    return { time, value: volume ?? 0, color: final ? hue : `${hue.slice(0, 7)}40` };
  }
}
