// The bar above the chart, and the keys.

import { FRAMES } from "./frames.js";
import { Keys } from "./keys.js";
import { Search } from "./search.js";
import { Studies } from "./studies.js";
import { offer } from "./zones.js";

const $ = (id) => document.getElementById(id);

export class Controls {
  constructor(app) {
    this.app = app;
    this.names = Object.keys(FRAMES);
    this.search = new Search($("search"), (symbol) => this.symbol(symbol));
    this.keys = new Keys($("help"), this.#bound());
    this.#frames();
    this.#studies();
    $("symbol").onclick = () => this.search.open();
    $("hours").onclick = () => this.hours();
    $("theme").onclick = () => this.theme();
    $("picture").onclick = () => app.drawing.picture();
    $("keys").onclick = () => this.keys.open();
    $("to-live").onclick = () => app.chart.toLive();
    $("zone").onchange = ({ target }) => this.zone(target.value);
    window.addEventListener("popstate", () => location.reload());
  }

  #bound() {
    const { app } = this;
    return [
      ["/", "search a symbol", () => this.search.open()],
      ...this.names.map((name, n) => [String(n + 1), `bars of ${name}`, () => this.frame(name)]),
      ["ArrowLeft", "back", () => app.chart.pan(-10)],
      ["ArrowRight", "on", () => app.chart.pan(10)],
      ["+ =", "closer", () => app.chart.zoom(0.8)],
      ["-", "wider", () => app.chart.zoom(1.25)],
      ["End", "to the newest bar", () => app.chart.toLive()],
      ["r", "reset zoom and scale", () => app.chart.reset()],
      ["h", "regular hours or all", () => this.hours()],
      ["i", "indicators", () => ($("studies").open = !$("studies").open)],
      ["p", "prediction on or off", () => this.say(`prediction ${app.prediction() ? "on" : "off"}`)],
      ["z", "time zone", () => $("zone").focus()],
      ["d", "theme: dark, light, each also for the colour-blind", () => this.theme()],
      ["s", "save a picture", () => app.drawing.picture()],
      ["l", "read the newest bar aloud", () => this.say(app.drawing.describe())],
      ["?", "this list", () => this.keys.open()],
      ["Escape", "close", () => ($("studies").open = false)],
    ];
  }

  #frames() {
    $("frames").replaceChildren(...this.names.map((name, n) => {
      const found = Object.assign(document.createElement("button"), {
        type: "button", textContent: name, title: `${name} bars ( ${n + 1} )`, onclick: () => this.frame(name),
      });
      found.setAttribute("role", "radio");
      return found;
    }));
  }

  #studies() {
    const sheet = $("studies").querySelector(".sheet");
    sheet.append(...Studies.offered.map(([name, text]) => {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), {
        type: "checkbox", name, checked: this.app.studies.on.has(name),
        onchange: ({ target }) => this.app.study(name, target.checked),
      });
      label.append(box, text);
      return label;
    }));
  }

  /** What is chosen, as it is. */
  show() {
    const { settings, contract, symbol } = this.app;
    for (const each of $("frames").children) each.setAttribute("aria-checked", String(each.textContent === settings.frame));
    $("hours").textContent = settings.hours === "rth" ? "regular hours" : "all hours";
    $("hours").setAttribute("aria-pressed", String(settings.hours === "rth"));
    $("ticker").textContent = contract?.ticker ?? symbol;
    document.title = `${contract?.ticker ?? symbol} · truetick`;
    if (!contract) return;
    const place = contract.primary_exchange || contract.exchange;
    $("about").textContent = [contract.name, place, contract.currency].filter(Boolean).join(" · ");
    if (this.exchange !== contract.time_zone) offer($("zone"), contract.time_zone, settings.zone);
    this.exchange = contract.time_zone;
    $("zone").value = this.app.zone.choice;
  }

  symbol(symbol) {
    history.pushState(null, "", `/chart/${encodeURIComponent(symbol)}${location.search}`);
    this.app.contract = undefined;
    this.app.open(symbol);
  }

  frame(name) {
    if (name !== this.app.settings.frame) this.app.open(this.app.symbol, name);
  }

  hours() {
    this.app.open(this.app.symbol, undefined, this.app.settings.hours === "rth" ? "all" : "rth");
  }

  zone(choice) {
    this.app.settings.set("zone", choice);
    this.app.rezone();
    $("zone").blur();
  }

  theme() {
    this.say(`theme: ${this.app.look.next()}`);
  }

  /** For screen readers, which hear it. */
  say(text) {
    $("spoken").textContent = text;
  }
}
