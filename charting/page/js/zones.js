// Times as they are shown. Data is UTC throughout; a zone is a matter of text alone, so both days of a clock change
// have the bars they have.

const NAMED = [
  "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo", "Europe/London", "Europe/Berlin",
  "Europe/Zurich", "Asia/Dubai", "Asia/Kolkata", "Asia/Hong_Kong", "Asia/Tokyo", "Australia/Sydney",
];
const local = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export class Zone {
  /** `choice`: `exchange`, `local`, `UTC` or the name of a zone; days are dates, which no zone moves. */
  constructor(choice, exchange, days = false) {
    const named = choice === "exchange" ? exchange || "UTC" : choice === "local" ? local() : choice;
    this.name = valid(named) ? named : "UTC";
    this.choice = valid(named) ? choice : "UTC";
    const timeZone = days ? "UTC" : this.name;
    const of = (options) => new Intl.DateTimeFormat("en-GB", { timeZone, ...options });
    const day = { day: "numeric", month: "short", year: "2-digit" };
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    this.days = days;
    this.year = of({ year: "numeric" });
    this.month = of({ month: "short" });
    this.day = of({ day: "numeric" });
    this.date = of(day);
    this.minute = of(time);
    this.second = of({ ...time, second: "2-digit" });
    this.full = of({ weekday: "short", ...day, ...time, ...(days ? {} : { timeZoneName: "short" }) });
    this.plain = new Intl.DateTimeFormat("en-GB", { timeZone: this.name, ...time, second: "2-digit" });
    this.wall = new Intl.DateTimeFormat("en-GB", {
      timeZone: this.name, ...time, second: "2-digit", timeZoneName: "short",
    });
  }

  /** Seconds since 1970 as the crosshair shows them. */
  format = (time) => (this.days ? this.date.format(time * 1000) : this.full.format(time * 1000));

  /** `hh:mm:ss`, of days too. */
  time = (time) => this.plain.format(time * 1000);

  /** Milliseconds since 1970 as `hh:mm:ss` with the zone. */
  clock = (milliseconds) => this.wall.format(milliseconds);

  /** What stands under the chart. The library puts a tick of a day at midnight UTC, which is another time here. */
  tick = (time, kind) => {
    const at = time * 1000;
    if (kind === 0) return this.year.format(at);
    if (kind === 1) return this.month.format(at);
    if (this.days) return this.day.format(at);
    const midnight = this.minute.format(at) === "00:00";
    if (kind === 4 && !midnight) return this.second.format(at);
    return midnight ? this.day.format(at) : this.minute.format(at);
  };
}

const valid = (name) => {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
};

/** What people call a zone: of those with an offset alone the name has the sign the other way round. */
const called = (name) => name.replace(/^Etc\/GMT([+-])(\d+)$/, (_, sign, hours) => `UTC${sign === "-" ? "+" : "−"}${hours}`);

/** Fill a `<select>`; `chosen` is in it also when it is a zone that browsers do not list. */
export function offer(select, exchange, chosen) {
  const every = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : NAMED;
  const first = [["exchange", `Exchange · ${exchange || "unknown"}`], ["local", `Local · ${local()}`], ["UTC", "UTC"]];
  const group = (label, names) => {
    const found = document.createElement("optgroup");
    found.label = label;
    found.append(...names.map((name) => new Option(name, name)));
    return found;
  };
  const listed = [...first.map(([value]) => value), ...NAMED, ...every];
  if (!listed.includes(chosen) && valid(chosen)) first.push([chosen, called(chosen)]);
  select.replaceChildren(
    ...first.map(([value, text]) => new Option(text, value)),
    group("Markets", NAMED),
    group("All", every.filter((each) => !NAMED.includes(each) && each !== "UTC")),
  );
}
