"""The two clients that the specification gives, as they are written there, against a real server."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ib_stream.serving import Running
from tests.programs import ROOT

SEEDS = ROOT.parent / "shared" / "seeds"
PYTHON = """
import requests
import json

url = "http://localhost:8000/stream/265598"
params = {"tick_type": "BidAsk", "limit": 100}

with requests.get(url, params=params, stream=True) as answer:
    for line in answer.iter_lines():
        if not line.startswith(b"data: "):
            continue
        data = json.loads(line[6:])
        if data["type"] == "tick":
            print(f"Bid: {data['data']['bid_price']}, Ask: {data['data']['ask_price']}")
        elif data["type"] == "error":
            print(f"Error: {data['error']['message']}")
            break
        elif data["type"] == "complete":
            print(f"Stream completed: {data['reason']}")
            break
"""
JAVASCRIPT = """
const eventSource = new EventSource("http://localhost:8000/stream/265598?tick_type=BidAsk&limit=100");
eventSource.onmessage = (event) => {
    const data = JSON.parse(event.data);
    if (data.type === "tick") console.log("Bid:", data.data.bid_price, "Ask:", data.data.ask_price);
    else if (data.type === "error") console.error("Stream error:", data.error.message);
    else if (data.type === "complete") { console.log("Stream completed:", data.reason); eventSource.close(); }
};
eventSource.onerror = (event) => console.error("Connection error:", event);
"""
# What a browser has and Node 20 lacks, as far as the example goes: https://html.spec.whatwg.org/#server-sent-events
EVENT_SOURCE = """
class EventSource {
  constructor(url) { this.abort = new AbortController(); this.read(url); }
  close() { this.closed = true; this.abort.abort(); }
  async read(url) {
    while (!this.closed) {
      try {
        const response = await fetch(url, {
          signal: this.abort.signal,
          headers: this.id ? { "Last-Event-ID": this.id } : {},
        });
        if (response.status !== 200) { this.close(); this.onerror?.(response.status); return; }
        let rest = "";
        for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
          const events = (rest + part).split("\\n\\n");
          rest = events.pop();
          for (const event of events) this.dispatch(event);
        }
      } catch (error) { if (this.closed) return; this.onerror?.(error); }
    }
  }
  dispatch(text) {
    const data = [];
    for (const line of text.split("\\n")) {
      if (line.startsWith("id: ")) this.id = line.slice(4);
      if (line.startsWith("data: ")) data.push(line.slice(6));
    }
    if (data.length) this.onmessage?.({ data: data.join("\\n") });
  }
}
"""


def example(language: str, otherwise: str, web: Running) -> str:
    """The specification's own text where it is at hand; only the server's address and the count are ours."""
    found = sorted(SEEDS.glob("002_*.txt")) if SEEDS.is_dir() else []
    blocks = re.findall(rf"```{language}\n(.*?)```", found[0].read_text(), re.DOTALL) if found else []
    (text,) = blocks or [otherwise]
    assert "localhost:8000" in text
    text = text.replace("http://localhost:8000", web.url)
    return re.sub(r'(limit=|"limit": )100', r"\g<1>5", text)


def check(printed: str) -> None:
    lines = printed.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Bid"] * 5 + ["Stream completed"]
    assert lines[-1] == "Stream completed: limit_reached"
    assert all(re.match(r"Bid: \d+\.?\d*,? Ask: \d+\.?\d*$", line) for line in lines[:-1])


def test_the_python_client_runs_as_it_is_written(web: Running, tmp_path: Path) -> None:
    program = tmp_path / "client.py"
    program.write_text(example("python", PYTHON, web))
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=True)
    check(done.stdout)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_javascript_client_runs_as_it_is_written_and_ends_for_good(web: Running, tmp_path: Path) -> None:
    program = tmp_path / "client.js"
    program.write_text(EVENT_SOURCE + example("javascript", JAVASCRIPT, web))
    done = subprocess.run(["node", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    check(done.stdout)
