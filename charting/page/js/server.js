// What is asked of the server once; what goes on is in stream.js.

export class Refused extends Error {
  constructor(status, error) {
    super(error?.message || `the server answered ${status}`);
    this.status = status;
    this.code = error?.code || "";
    this.details = error?.details || "";
    this.candidates = error?.candidates;
  }
}

async function ask(path, parameters = {}, signal) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value != null));
  const answer = await fetch(`${path}?${query}`, { signal, headers: { accept: "application/json" } });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, { ...body.error, candidates: body.candidates });
  return body;
}

const iso = (seconds) => (seconds == null ? undefined : new Date(seconds * 1000).toISOString().slice(0, 19) + "Z");

/** Bars of a time frame: those before `end`, since `start` or about `limit` of them. Times in seconds. */
export const bars = (contract, frame, hours, { start, end, limit } = {}, signal = undefined) =>
  ask(`/chart/${encodeURIComponent(contract)}/bars`, { frame, hours, start: iso(start), end: iso(end), limit }, signal);

export const search = (q, signal) => ask("/contracts/search", { q }, signal);

/** Exchange the token for a cookie, which no script can read; the server answers for twelve hours then. */
export async function unlock(token) {
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const answer = await fetch("/session", { method: "POST", headers });
  if (!answer.ok) throw new Refused(answer.status, (await answer.json().catch(() => ({}))).error);
}
