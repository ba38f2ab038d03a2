"""`rao-review simulate` as a process of its own: one line, then service, then a clean end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from simulate.client import TOOLS, acts, ask, briefing, chat, hunks

from rao_review.simulate import load_planted


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAO_REVIEW")}
    return subprocess.Popen(
        [sys.executable, "-m", "rao_review", "simulate", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with start(*arguments) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.match(r"simulated endpoint: (http://127\.0\.0\.1:\d+/v1) ", line)
            assert found, line
            yield process, found[1]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(number: signal.Signals) -> None:
    with serving("--window", "5000", "--latency", "base=0.01") as (process, url):
        assert ask(url, "/models").json()["data"][0]["max_model_len"] == 5000
        assert chat(url, "hi").status == 200
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
    assert (process.returncode, output, errors) == (0, "", "")


def test_it_stops_while_requests_are_waiting() -> None:
    with serving("--fault", "hang") as (process, url):
        body = json.dumps({"model": "simulated", "messages": [{"role": "user", "content": "hi"}]})
        code = f"import urllib.request as u; u.urlopen('{url}/chat/completions', {body.encode()!r})"
        client = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        while not ask(url, "/stats").json()["in_flight"]:
            assert client.poll() is None
            time.sleep(0.02)
        process.terminate()
        _, errors = process.communicate(timeout=10)
        assert client.wait(10) == 1
    assert (process.returncode, errors) == (0, "")


def test_all_options_reach_the_endpoint(tmp_path: Path) -> None:
    planted = tmp_path / "planted.json"
    finding = {
        "path": "b.py",
        "side": "head",
        "quote": "f()",
        "title": "f needs a",
        "category": "c",
        "severity": "high",
    }
    entry = {
        "id": "p1",
        "definition": {"path": "a.py", "text": "def f(a):"},
        "use": {"path": "b.py", "text": "f()"},
        "finding": finding,
    }
    planted.write_text(json.dumps([entry]))
    options = (
        "--planted",
        str(planted),
        "--curious",
        "--style",
        "fences,think",
        "--style",
        "prose",
        "--bytes-per-token",
        "1",
    )
    change = briefing(hunks("a.py\n+def f(a):", "b.py\n     f()"))
    with serving(*options, "--key", "k", "--slots", "3", "--seed", "9", "--host", "127.0.0.1") as (_, url):
        body = {"model": "simulated", "messages": change, "tools": TOOLS}
        response = ask(url, "/chat/completions", body, authorization="Bearer k")
        assert acts(response) == [("symbol", {"name": "f"})]
        assert response.json()["usage"]["prompt_tokens"] > len(change[1]["content"])
        body = {"model": "simulated", "messages": briefing(hunks("a.py\n+x = 1"), protocol="json")}
        text = ask(url, "/chat/completions", body, authorization="Bearer k").json()["choices"][0]["message"]["content"]
        assert text.startswith("<think>") and "```json" in text and text.endswith("anything else.")
        assert ask(url, "/log").json()["planted"]["p1"]["both"] is True


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fault", "418=1"], "--fault: '418' is not one of"),
        (["--latency", "soon"], "--latency: 'soon' is not one of base=NUMBER"),
        (["--planted", "/nowhere/planted.json"], "--planted: /nowhere/planted.json: No such file"),
        (["--host", "256.0.0.1"], "cannot listen on 256.0.0.1"),
        (["--port", "99999"], "--port: 99999 is not a port"),
        (["--window", "small"], "invalid value"),
        (["--style", "baroque"], "--style: 'baroque'"),
        (["--unknown"], "no such option"),
    ],
)
def test_bad_options_are_one_line_and_exit_2(arguments: list[str], complaint: str) -> None:
    with start(*arguments) as process:
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert errors.startswith("rao-review: ") and errors.count("\n") == 1
    assert complaint in errors


def test_help_and_the_list_of_commands_name_it() -> None:
    done = subprocess.run([sys.executable, "-m", "rao_review", "--help"], capture_output=True, text=True, check=True)
    assert re.search(r"simulate\s+Serve a simulated endpoint", done.stdout)


def test_the_help_shows_a_file_of_planted_faults_that_can_be_loaded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rao_review", "simulate", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    example = re.search(r"^ *(\[\{.*\}\])$", done.stdout, re.DOTALL | re.MULTILINE)
    assert example is not None, done.stdout
    (tmp_path / "planted.json").write_text(example[1])
    (fault,) = load_planted(tmp_path / "planted.json")
    assert (fault.id, fault.use) == ("stale-call-1", "total *= rate(country)")
