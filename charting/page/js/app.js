// All parts of the page, and what goes on between them.

import { Badges } from "./badges.js";
import { barOf, Bars, rows } from "./bars.js";
import { Blotter } from "./blotter.js";
import { Chart, colour } from "./chart.js";
import { Controls } from "./controls.js";
import { coverage } from "./coverage.js";
import { FRAMES } from "./frames.js";
import { Legend, short } from "./legend.js";
import { Look } from "./look.js";
import { Marks } from "./marks.js";
import { picture, save } from "./picture.js";
import { bars as askBars } from "./server.js";
import { Stream } from "./stream.js";
import { Studies } from "./studies.js";
import { Surface } from "./surface/surface.js";
import { Zone } from "./zones.js";

const SHOWN = 120;
/** Bars that are shown first: few of long frames, which take many minutes each. */
const FIRST = { "5m": 500, "15m": 300, "1h": 200, "1D": 400 };
const USUAL = 600;
const OLDER = 2_000;
const AGAIN = 150;
const $ = (id) => document.getElementById(id);

export class App {
  constructor(settings) {
    this.settings = settings;
    document.body.classList.toggle("embedded", settings.embedded);
    document.body.classList.toggle("alone", settings.alone);
    this.bars = new Bars();
    this.badges = new Badges();
    this.chart = new Chart($("plot"), { older: () => this.#older(), follow: (live) => ($("to-live").hidden = live) });
    this.studies = new Studies(this.chart, colour, (time) => this.sessionOf(time));
    for (const each of settings.studies.split(",")) this.studies.set(each, true);
    this.chart.cone.on = settings.prediction === "on";
    this.marks = new Marks(this.chart, colour);
    this.legend = new Legend($("legend"));
    this.blotter = new Blotter($("blotter"), (time) => this.chart.goTo(this.bars, time));
    this.surface = new Surface($("surface"), { formatTime: (at) => this.zone?.time(at / 1000) ?? "" });
    this.chart.chart.subscribeCrosshairMove(({ time }) => {
      this.pointed = time;
      this.#wake();
    });
    this.look = new Look(settings, () => this.#restyle());
    this.controls = new Controls(this);
    setInterval(() => this.#second(), 1_000);
  }

  // -- what is shown

  /** Show a contract, by id or name. */
  async open(symbol, frame = this.settings.frame, hours = this.settings.hours) {
    this.stream?.close();
    this.loading?.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    this.settings.set("frame", frame in FRAMES ? frame : "1m");
    this.settings.set("hours", hours);
    this.settings.set("symbol", symbol);
    this.ready = false;
    this.bars = new Bars();
    this.marks.clear();
    this.waiting = [];
    this.symbol = symbol;
    this.controls.show();
    // The stream first: what comes while the snapshot is on its way waits for it.
    this.#listen(symbol);
    try {
      this.#begin(await askBars(symbol, this.settings.frame, hours, { limit: FIRST[this.settings.frame] ?? USUAL }, signal));
    } catch (error) {
      if (signal.aborted) return;
      this.#empty(error.candidates ? `${error.message}: ${error.candidates.join("; ")}` : error.message);
      // Without TWS the server answers so until it is back.
      if (!error.candidates && error.status !== 404 && error.status !== 400)
        setTimeout(() => !signal.aborted && this.open(symbol), 2_000);
    }
  }

  #listen(symbol) {
    const { frame, hours } = this.settings;
    const [tick, depth] = [`tick:${symbol}:Last`, `depth:${symbol}`];
    const choices = this.settings.alone ? [[]] : [[tick, depth], [tick], [depth], []];
    this.stream = new Stream([`candle:${symbol}:${frame}:${hours}`, `chart:${symbol}`, "status", "orders", "account"], choices, {
      message: (message) => this.take(message),
      line: (state, reason) => this.#line(state === "open" ? "open" : "lost", reason),
      again: () => this.#again(),
    });
  }

  #line(state, reason) {
    this.badges.line(state, reason);
    if (state === "lost") this.surface.lost();
  }

  #begin(snapshot) {
    const { contract, source, sessions, bars, frame } = snapshot;
    const another = this.contract?.contract_id !== contract.contract_id;
    this.contract = contract;
    this.sessions = sessions;
    this.ready = true;
    this.oldest = snapshot.start;
    this.badges.account(source);
    this.badges.market(snapshot.now);
    this.rezone();
    this.chart.begin({ zone: this.zone, seconds: FRAMES[frame], minTick: contract.min_tick });
    this.chart.shading.sessions = sessions;
    this.chart.shading.on = frame !== "1D";
    this.blotter.reset(contract, this.chart.precision);
    if (another) this.surface.reset(contract);
    this.bars.prepend(rows(bars));
    for (const each of this.waiting.splice(0)) this.take(each);
    this.controls.show();
    this.#empty(this.bars.list.length ? "" : snapshot.problem || "no bars in this time; scroll back, or wait");
    this.#draw();
    this.chart.show(SHOWN);
    if (this.bars.list.length) this.chart.reset();
    this.chart.show(SHOWN);
  }

  /** A message of the stream. */
  take(message) {
    this.badges.take(message);
    this.surface.handle(message);
    this.blotter.take(message);
    if (message.type !== "candle" && message.type !== "mark") {
      this.#wake();
      return;
    }
    if (!this.ready) {
      this.waiting.push(message);
      return;
    }
    if (message.type === "mark") this.marks.take(message);
    else this.#bar(message);
    this.marked = true;
    this.#wake();
  }

  #bar(message) {
    const { frame, hours } = this.settings;
    const bar = barOf(message);
    if (message.data.size !== frame || message.data.hours !== hours) return;
    // What is older than all that is loaded comes when it is scrolled to.
    if (this.bars.first && bar.time < this.bars.first.time) return;
    if (this.bars.take(bar)) this.flash(bar.time);
  }

  flash(time) {
    this.chart.flash(this.bars, time);
    $("revised").hidden = false;
    $("revised").textContent = `${this.bars.revised} revised`;
  }

  /** Something may have been missed: ask for the newest bars again; each takes its place by the same rules. */
  #again() {
    clearTimeout(this.asking);
    this.asking = setTimeout(async () => {
      const start = this.bars.settled?.time ?? this.oldest;
      const { bars, symbol } = this;
      if (!this.ready || start === undefined) return;
      try {
        const found = await askBars(symbol, this.settings.frame, this.settings.hours, { start });
        if (bars !== this.bars) return;
        for (const each of rows(found.bars)) if (bars.fill(each)) this.flash(each.time);
        this.#wake();
      } catch {
        // TWS is not back yet: the server says when it is, and this is called again.
      }
    }, AGAIN);
  }

  async #older() {
    if (this.fetching || !this.ready || this.bars.full || !this.bars.list.length || this.oldest === 0) return;
    const { bars } = this;
    this.fetching = true;
    try {
      const { frame, hours } = this.settings;
      const found = await askBars(this.symbol, frame, hours, { end: this.oldest, limit: OLDER });
      if (bars !== this.bars) return;
      const count = bars.prepend(rows(found.bars));
      this.oldest = count || found.bars.time.length ? found.start : 0;
      this.sessions = merged(found.sessions, this.sessions);
      this.chart.shading.sessions = this.sessions;
      this.#wake();
    } catch (error) {
      this.controls.say(`older bars: ${error.message}`);
    } finally {
      this.fetching = false;
    }
  }

  // -- drawing, once per frame

  #wake() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    if (!this.ready) return;
    const from = this.chart.draw(this.bars);
    if (from < this.bars.list.length) this.studies.update(this.bars, from);
    if (this.bars.list.length) this.#empty("");
    if (this.marked || this.blotter.dirty) this.#marks();
    this.#legend();
  }

  #marks() {
    const orders = this.marks.of("order");
    this.marks.fills = this.blotter.fills;
    if (this.bars.list.length) this.marks.draw(this.bars, this.blotter.lines(orders));
    this.blotter.show(orders);
    this.marked = false;
  }

  #legend() {
    const place = this.bars.places.get(this.pointed) ?? this.bars.list.length - 1;
    const forecasts = this.chart.cone.on ? this.chart.cone.forecasts : [];
    this.legend.show(this.bars, place, {
      ticker: this.contract.ticker, frame: this.settings.frame, precision: this.chart.precision, studies: this.studies,
      forecast: this.marks.forecast, covered: coverage(forecasts, this.bars), note: this.#note(),
    });
  }

  #note() {
    return this.settings.frame === "1D" ? "IB's own days: closes and volumes are the exchange's, not sums of minutes" : "";
  }

  #second() {
    this.badges.tell();
    $("clock").textContent = this.zone?.clock(this.badges.now) ?? "";
    const { last, settled } = this.bars;
    const left = last && !last.final && last.end ? Math.max(0, Math.round(last.end - this.badges.now / 1000)) : null;
    $("countdown").hidden = left === null;
    // A day is over when the exchange says so, not at an hour of the clock.
    const until = this.settings.frame === "1D" ? "" : left ? span(left) : "· waits for history";
    $("countdown").textContent = `provisional ${until}`.trim();
    $("settled").textContent = settled && this.zone ? `last authoritative bar ${this.zone.format(settled.time)}` : "";
  }

  // -- what the controls do

  /** The regular session that a time belongs to, else its day: what the VWAP begins anew with. */
  sessionOf(time) {
    const found = this.sessions?.findLast(([start]) => start <= time);
    return found && time < found[1] ? found[0] : `${found?.[0]} ${Math.floor(time / 86_400)}`;
  }

  rezone() {
    this.zone = new Zone(this.settings.zone, this.contract?.time_zone, this.settings.frame === "1D");
    if (this.chart.zone) this.chart.rezone(this.zone);
  }

  study(name, on) {
    this.studies.set(name, on);
    this.settings.set("studies", [...this.studies.on.keys()].join(","));
    this.studies.update(this.bars, 0);
    this.#wake();
  }

  prediction() {
    this.chart.cone.on = !this.chart.cone.on;
    this.settings.set("prediction", this.chart.cone.on ? "on" : "off");
    this.marked = true;
    this.#wake();
    return this.chart.cone.on;
  }

  async picture() {
    const name = `${this.contract.ticker}-${this.settings.frame}`;
    const text = `${name.replace("-", " ")} · ${$("about").textContent} · ${$("trading").textContent} · ${$("clock").textContent}`;
    save(await picture(this.chart, text, colour), `${name}.png`);
  }

  /** The newest bar in words, for who cannot see it. */
  describe() {
    const { last } = this.bars;
    if (!last) return "no bars";
    return `${this.contract.ticker} ${this.settings.frame}, ${this.zone.format(last.time)}: open ${last.open}, high ${last.high}, `
      + `low ${last.low}, close ${last.close}, volume ${short(last.volume)}${last.final ? "" : ", provisional"}`;
  }

  #restyle() {
    this.chart.restyle();
    this.studies.restyle();
    this.surface.restyle();
    this.bars.redraw = true;
    this.marked = true;
    this.#wake();
  }

  #empty(text) {
    $("empty").hidden = !text;
    $("empty").textContent = text;
  }
}

const merged = (older, newer) =>
  [...new Map([...older, ...newer].map((each) => [each[0], each])).values()].sort((a, b) => a[0] - b[0]);

const span = (seconds) =>
  seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
