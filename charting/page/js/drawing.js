// When what is drawn: with a frame what has come, once a second what the time changes.

import { colour } from "./chart.js";
import { coverage } from "./coverage.js";
import { short } from "./legend.js";
import { picture, save } from "./picture.js";

const IB_DAYS = "IB's own days: closes and volumes are the exchange's, not sums of minutes";
const $ = (id) => document.getElementById(id);

export class Drawing {
  constructor(app) {
    this.app = app;
    /** Whether marks have to be drawn again, or the words at the chart. */
    this.marked = this.stale = false;
    setInterval(() => this.#second(), 1_000);
  }

  /** The stream has something: a frame takes all of it. A page that is not seen has no frames. */
  came() {
    if (document.hidden) this.#take();
    else this.#frame();
  }

  /** Something is other than it is drawn. */
  soon() {
    this.stale = true;
    this.#frame();
  }

  #frame() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.#take();
      this.draw();
    });
  }

  #take() {
    for (const each of this.app.stream.take()) this.app.take(each);
  }

  /** What has changed, now. */
  draw() {
    const { app } = this;
    if (!app.ready) return;
    const { list } = app.bars;
    const from = app.chart.draw(app.bars);
    if (from < list.length) app.studies.update(app.bars, from);
    if (list.length) this.empty("");
    const marked = this.marked || app.blotter.dirty;
    if (marked) this.#marks();
    if (marked || this.stale || from < list.length) this.#legend();
    this.marked = this.stale = false;
  }

  #marks() {
    const { bars, marks, blotter } = this.app;
    const orders = marks.of("order");
    marks.fills = blotter.fills;
    if (bars.list.length) marks.draw(bars, blotter.lines(orders));
    blotter.show(orders);
  }

  #legend() {
    const { bars, chart, contract, legend, marks, pointed, settings, studies } = this.app;
    const forecasts = chart.cone.on ? chart.cone.forecasts : [];
    legend.show(bars, bars.places.get(pointed) ?? bars.list.length - 1, {
      ticker: contract.ticker, frame: settings.frame, precision: chart.precision, studies,
      forecast: marks.forecast, covered: coverage(forecasts, bars), note: settings.frame === "1D" ? IB_DAYS : "",
    });
  }

  #second() {
    const { badges, bars, zone } = this.app;
    badges.tell();
    $("clock").textContent = zone?.clock(badges.now) ?? "";
    const text = this.#countdown(badges.now / 1000);
    $("countdown").hidden = !text;
    $("countdown").textContent = text;
    $("settled").textContent = bars.settled && zone ? `last authoritative bar ${zone.format(bars.settled.time)}` : "";
  }

  /** How long the running bar goes on. */
  #countdown(now) {
    const { bars: { last }, sessions = [], settings } = this.app;
    if (!last || last.final) return "";
    // A day is over when the exchange closes, not at an hour of the clock.
    const days = settings.frame === "1D";
    const end = days ? sessions.find((each) => each[0] <= now && now < each[1])?.[1] : last.end;
    const left = Math.round(end - now);
    return `provisional ${left > 0 ? `${days ? "· closes in " : ""}${span(left)}` : "· waits for history"}`;
  }

  /** Why there is nothing to see. */
  empty(text) {
    const place = $("empty");
    place.hidden = !text;
    if (place.textContent !== text) place.textContent = text;
  }

  async picture() {
    const { chart, contract, settings } = this.app;
    const words = [`${contract.ticker} ${settings.frame}`, ...["about", "trading", "clock"].map((id) => $(id).textContent)];
    save(await picture(chart, words.join(" · "), colour), `${contract.ticker}-${settings.frame}.png`);
  }

  /** The newest bar in words, for who cannot see it. */
  describe() {
    const { bars: { last }, contract, settings, zone } = this.app;
    if (!last) return "no bars";
    return `${contract.ticker} ${settings.frame}, ${zone.format(last.time)}: open ${last.open}, high ${last.high}, `
      + `low ${last.low}, close ${last.close}, volume ${short(last.volume)}${last.final ? "" : ", provisional"}`;
  }
}

const span = (seconds) =>
  seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
