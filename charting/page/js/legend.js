// What the crosshair points at, in words: the bar, its change, its indicators, what was expected of it.

const part = (name, text) => {
  const found = document.createElement("span");
  if (name) found.className = name;
  found.textContent = text;
  return found;
};

export const short = (value) => {
  if (value == null) return "–";
  for (const [size, letter] of [[1e9, "B"], [1e6, "M"], [1e4, "K"]])
    if (value >= size) return `${(value / (letter === "K" ? 1e3 : size)).toFixed(2)}${letter}`;
  return String(Math.round(value * 100) / 100);
};

export class Legend {
  constructor(place) {
    this.place = place;
    this.text = "";
  }

  /** `index` of the bar in `bars`; `about`: {ticker, frame, precision, studies, forecast, note}. */
  show(bars, index, about) {
    const bar = bars.list[index];
    if (!bar) {
      this.place.replaceChildren();
      return;
    }
    const price = (value) => value.toFixed(about.precision);
    const before = bars.list[index - 1]?.close ?? bar.open;
    const change = ((bar.close - before) / before) * 100;
    const way = bar.close >= bar.open ? "up" : "down";
    const first = document.createElement("div");
    first.append(part("name", about.ticker), part("", about.frame));
    for (const [letter, value] of [["O", bar.open], ["H", bar.high], ["L", bar.low], ["C", bar.close]])
      first.append(part("", ""), ...label(letter, part(letter === "C" ? way : "", price(value))));
    first.append(part(change >= 0 ? "up" : "down", `${change >= 0 ? "+" : ""}${change.toFixed(2)} %`));
    first.append(...label("V", part("", short(bar.volume))));
    if (!bar.final) first.append(part("warm", "provisional"));
    if (about.note) first.append(part("", about.note));
    this.place.replaceChildren(first, ...this.#studies(about, index, price), ...this.#forecast(about, bar, price));
  }

  #studies(about, index, price) {
    return about.studies.at(index).map(([text, values, hue]) => {
      const row = document.createElement("div");
      const shown = part("", values.map((each) => (each == null ? "–" : price(each))).join("  "));
      shown.style.color = `var(--${hue})`;
      row.append(...label(text, shown));
      return row;
    });
  }

  #forecast({ forecast, covered }, bar, price) {
    if (!forecast) return [];
    const row = document.createElement("div");
    const step = forecast.steps.find((each) => each.time === bar.time) || forecast.steps[0];
    const range = step.low_90 == null ? "" : ` (90 %: ${price(step.low_90)} – ${price(step.high_90)})`;
    row.append(part("warm", `╌ ${forecast.model} next ${forecast.steps.length} (50/90 %)`));
    row.append(part("warm", `${price(step.median)}${range}`));
    if (covered) row.append(part("", covered));
    return [row];
  }
}

const label = (text, value) => {
  const name = document.createElement("i");
  name.textContent = text;
  return [name, value];
};
