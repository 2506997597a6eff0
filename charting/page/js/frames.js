// The time frames, with their lengths in seconds.
export const FRAMES = { "1s": 1, "5s": 5, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1D": 86400 };
