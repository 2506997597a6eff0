// All parts of the page, and what goes on between them.

import { Badges } from "./badges.js";
import { barOf, Bars, rows } from "./bars.js";
import { Blotter } from "./blotter.js";
import { Chart, colour } from "./chart.js";
import { Controls } from "./controls.js";
import { Drawing } from "./drawing.js";
import { FRAMES } from "./frames.js";
import { History } from "./history.js";
import { Legend } from "./legend.js";
import { Login } from "./login.js";
import { Look } from "./look.js";
import { Marks } from "./marks.js";
import { Stream } from "./stream.js";
import { Studies } from "./studies.js";
import { Surface } from "./surface/surface.js";
import { Zone } from "./zones.js";

const SHOWN = 120;
/** Without TWS the server answers that it has none, until it is back. */
const AGAIN = 2_000;
/** A page may stay open for weeks: sessions are told for some days ahead. */
const HOUR = 3_600_000;
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
    this.drawing = new Drawing(this);
    this.chart.chart.subscribeCrosshairMove(({ time }) => {
      this.pointed = time;
      this.drawing.soon();
    });
    this.look = new Look(settings, () => this.#restyle());
    this.controls = new Controls(this);
    this.login = new Login($("login"), () => this.open(this.symbol));
    setInterval(() => this.history?.again(), HOUR);
  }

  // -- what is shown

  /** Show a contract, by id or name. */
  async open(symbol, frame = this.settings.frame, hours = this.settings.hours) {
    this.stream?.close();
    this.history?.close();
    this.settings.set("frame", frame in FRAMES ? frame : "1m");
    this.settings.set("hours", hours);
    this.settings.set("symbol", symbol);
    this.ready = false;
    this.bars = new Bars();
    this.marks.clear();
    this.waiting = [];
    this.symbol = symbol;
    this.controls.show();
    const history = new History(symbol, this.settings, this.bars, {
      revised: (time) => this.flash(time),
      changed: (sessions) => this.#changed(sessions),
    });
    this.history = history;
    // The stream first: what comes while the snapshot is on its way waits for it.
    this.#listen(symbol);
    try {
      this.#begin(await history.first());
    } catch (error) {
      if (!history.closed) this.#refused(error, history);
    }
  }

  #refused(error, history) {
    if (error.status === 401) {
      this.login.ask();
      return;
    }
    this.drawing.empty(error.candidates ? `${error.message}: ${error.candidates.join("; ")}` : error.message);
    if (!error.candidates && error.status !== 404 && error.status !== 400)
      setTimeout(() => !history.closed && this.open(this.symbol), AGAIN);
  }

  #listen(symbol) {
    const { frame, hours } = this.settings;
    const [tick, depth] = [`tick:${symbol}:Last`, `depth:${symbol}`];
    const choices = this.settings.alone ? [[]] : [[tick, depth], [tick], [depth], []];
    this.stream = new Stream([`candle:${symbol}:${frame}:${hours}`, `chart:${symbol}`, "status", "orders", "account"], choices, {
      came: () => this.drawing.came(),
      line: (state, reason) => this.#line(state === "open" ? "open" : "lost", reason),
      again: () => this.ready && this.history.again(),
      locked: () => this.login.ask(),
    });
  }

  #line(state, reason) {
    this.badges.line(state, reason);
    if (state === "lost") this.surface.lost();
  }

  #begin(snapshot) {
    const { contract, source, sessions, bars, frame, what } = snapshot;
    const another = this.contract?.contract_id !== contract.contract_id;
    this.contract = contract;
    this.sessions = sessions;
    this.ready = true;
    this.badges.account(source);
    this.badges.market(snapshot.now);
    this.rezone();
    this.chart.begin({
      zone: this.zone, seconds: FRAMES[frame], minTick: contract.min_tick, traded: what === "TRADES",
    });
    this.chart.shading.sessions = sessions;
    this.chart.shading.on = frame !== "1D";
    this.blotter.reset(contract, this.chart.precision);
    if (another) this.surface.reset(contract);
    this.bars.prepend(rows(bars));
    for (const each of this.waiting.splice(0)) this.take(each);
    this.controls.show();
    this.drawing.empty(this.bars.list.length ? "" : snapshot.problem || "no bars in this time; scroll back, or wait");
    this.drawing.stale = true;
    this.drawing.draw();
    this.chart.show(SHOWN);
    if (this.bars.list.length) this.chart.reset();
    this.chart.show(SHOWN);
  }

  /** A message of the stream. */
  take(message) {
    this.badges.take(message);
    this.surface.handle(message);
    this.blotter.take(message);
    if (message.type !== "candle" && message.type !== "mark") return;
    if (!this.ready) this.waiting.push(message);
    else if (message.type === "candle") this.#bar(message);
    else {
      this.marks.take(message);
      this.drawing.marked = true;
    }
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

  async #older() {
    if (!this.ready) return;
    const { history } = this;
    try {
      const sessions = await history.older();
      if (sessions) this.#changed(sessions);
    } catch (error) {
      if (!history.closed) this.controls.say(`older bars: ${error.message}`);
    }
  }

  #changed(sessions) {
    this.sessions = merged(sessions, this.sessions);
    this.chart.shading.sessions = this.sessions;
    this.drawing.soon();
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
    this.drawing.soon();
  }

  prediction() {
    this.chart.cone.on = !this.chart.cone.on;
    this.settings.set("prediction", this.chart.cone.on ? "on" : "off");
    this.drawing.marked = true;
    this.drawing.soon();
    return this.chart.cone.on;
  }

  #restyle() {
    this.chart.restyle();
    this.studies.restyle();
    this.surface.restyle();
    this.bars.redraw = true;
    this.drawing.marked = true;
    this.drawing.soon();
  }
}

const merged = (older, newer) =>
  [...new Map([...older, ...newer].map((each) => [each[0], each])).values()].sort((a, b) => a[0] - b[0]);
