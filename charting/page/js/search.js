// The search for a symbol: every contract that fits, with exchange and currency, since a name alone may mean several.

import { search } from "./server.js";

const PAUSE = 180;

export class Search {
  constructor(dialog, onPick) {
    Object.assign(this, { dialog, onPick, found: [], at: 0 });
    const title = Object.assign(document.createElement("h2"), { textContent: "Symbol" });
    this.input = Object.assign(document.createElement("input"), {
      placeholder: "AAPL, EURUSD, RHM@IBIS …", autocomplete: "off", spellcheck: false,
    });
    this.list = document.createElement("ul");
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-label": "Symbol", "aria-controls": "found", "aria-expanded": "true",
      "aria-autocomplete": "list",
    })) this.input.setAttribute(name, value);
    this.list.id = "found";
    this.list.setAttribute("role", "listbox");
    dialog.append(title, this.input, this.list);
    this.input.addEventListener("input", () => this.#later());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  }

  open() {
    this.input.value = "";
    this.#show([]);
    this.dialog.showModal();
    this.input.focus();
  }

  #later() {
    clearTimeout(this.timer);
    this.stop?.abort();
    this.timer = setTimeout(() => this.#ask(this.input.value.trim()), PAUSE);
  }

  async #ask(text) {
    this.asked = text;
    if (!text) return this.#show([]);
    this.stop = new AbortController();
    try {
      const { contracts } = await search(text, this.stop.signal);
      this.#show(contracts, contracts.length ? "" : `nothing is called ${text}`);
    } catch (error) {
      if (error.name !== "AbortError") this.#show([], error.message);
    }
    return undefined;
  }

  #show(contracts, note = "") {
    this.found = contracts;
    this.list.replaceChildren(...contracts.map((each, n) => this.#row(each, n)));
    if (note) this.list.append(Object.assign(document.createElement("li"), { textContent: note }));
    this.#choose(0);
  }

  #row(contract, n) {
    const found = document.createElement("li");
    found.id = `found-${n}`;
    found.setAttribute("role", "option");
    const of = [contract.sec_type, contract.primary_exchange || contract.exchange, contract.currency];
    found.append(
      Object.assign(document.createElement("strong"), { textContent: contract.local_symbol || contract.symbol }),
      Object.assign(document.createElement("span"), { textContent: contract.name }),
      Object.assign(document.createElement("small"), { textContent: of.filter(Boolean).join(" · ") }),
    );
    found.addEventListener("click", () => this.#pick(n));
    return found;
  }

  #choose(n) {
    this.at = Math.max(0, Math.min(n, this.found.length - 1));
    [...this.list.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === this.at)));
    this.input.setAttribute("aria-activedescendant", this.found.length ? `found-${this.at}` : "");
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.#choose(this.at + step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#pick(this.at);
    }
  }

  #pick(n) {
    const contract = this.found[n];
    // Enter may come before the answer: then what is written is the name.
    const name = contract ? nameOf(contract) : this.input.value.trim();
    if (!name) return;
    this.dialog.close();
    this.onPick(name);
  }
}

/** What the server takes for exactly this contract. */
const nameOf = (contract) =>
  contract.exchange && contract.exchange !== "SMART"
    ? `${contract.contract_id}@${contract.exchange}`
    : String(contract.contract_id);
