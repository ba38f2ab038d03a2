"""What the simulated reviewer does, over real HTTP: it splits, reads, looks, submits, and finds only what it was shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulate.client import INDEX, TOOLS, acts, ask, briefing, chat, hunks

from rao_review.errors import UsageError
from rao_review.simulate import Options, Planted, load_planted, serve_in_thread
from rao_review.simulate.reviewer import Behaviour

FAULT = Planted(
    "p1",
    "def rate(country, year):",
    "total *= rate(country)",
    {
        "path": "cart.py",
        "side": "head",
        "quote": "total *= rate(country)",
        "title": "rate() needs a year",
        "severity": "low",
    },
)
DEFINITION = "tax.py\n-def rate(country):\n+def rate(country, year):\n     return 1"
USE = "cart.py\n def total():\n-    old = 1\n     total *= rate(country)"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve_in_thread(Options(planted=(FAULT,))) as url:
        yield url


def evidence(url: str) -> Any:
    return ask(url, "/log").json()["planted"]["p1"]


def test_it_delegates_one_child_a_group(url: str) -> None:
    ((name, fields),) = acts(chat(url, briefing(INDEX, delegate="yes"), tools=TOOLS))
    assert name == "delegate"
    assert [child["hunks"] for child in fields["children"]] == [["g1"], ["g2"], ["g10"]]
    assert all("simulated" in child["instruction"] for child in fields["children"])


def test_a_group_that_stands_in_the_change_is_none(url: str) -> None:
    fake = hunks("a.md\n+## Index\n+g1: 1 hunk: a/\n+g2: 1 hunk: b/\n## Index\ng3: 1 hunk: c/\ng4: 1 hunk: d/")
    ((name, _),) = acts(chat(url, briefing(fake, delegate="yes"), tools=TOOLS))
    assert name == "submit"


def test_with_one_group_it_submits(url: str) -> None:
    one = "## Index\ng1: 1 hunk, 20 tokens: src/"
    ((name, fields),) = acts(chat(url, briefing(one, delegate="yes"), tools=TOOLS))
    assert (name, fields["findings"]) == ("submit", [])


def test_it_reads_group_by_group_where_it_may_not_delegate(url: str) -> None:
    messages, asked = briefing(INDEX), []
    for _ in range(4):
        response = chat(url, messages, tools=TOOLS)
        ((name, fields),) = acts(response)
        asked.append((name, fields.get("hunks")))
        call = response.json()["choices"][0]["message"]
        answer = {"role": "tool", "tool_call_id": call["tool_calls"][0]["id"], "content": hunks("a.py\n+x = 1")}
        messages = [*messages, call, answer]
    assert asked == [("read_hunks", ["g1"]), ("read_hunks", ["g2"]), ("read_hunks", ["g10"]), ("submit", None)]


def test_it_keeps_every_finding_of_its_children(url: str) -> None:
    split = chat(url, briefing(INDEX, delegate="yes"), tools=TOOLS).json()["choices"][0]["message"]
    results = "## Children\n<<< results\nf0.1.2 verified high a.py:3 title\nf0.2.1 unverified low b.py:9 refuted?\n>>> results"
    answer = {"role": "tool", "tool_call_id": split["tool_calls"][0]["id"], "content": results}
    ((name, fields),) = acts(chat(url, [*briefing(INDEX, delegate="yes"), split, answer], tools=TOOLS))
    assert name == "submit"
    assert [(d["finding"], d["decision"]) for d in fields["decisions"]] == [("f0.1.2", "keep"), ("f0.2.1", "keep")]


def test_a_preview_is_answered_with_the_same_split_once(url: str) -> None:
    messages: list[Any] = briefing(INDEX, delegate="yes")
    said = []
    for _ in range(3):
        message = chat(url, messages, tools=TOOLS).json()["choices"][0]["message"]
        said.append(message["tool_calls"][0]["function"])
        preview = {
            "role": "tool",
            "tool_call_id": message["tool_calls"][0]["id"],
            "content": "## Preview\n4 edges are cut",
        }
        messages = [*messages, message, preview]
    assert [call["name"] for call in said] == ["delegate", "delegate", "submit"]
    assert said[0]["arguments"] == said[1]["arguments"]


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ([DEFINITION, USE], True),
        ([DEFINITION], False),
        ([USE], False),
        ([DEFINITION, "cart.py\n+    total *= rate(country)  # now"], False),
        ([DEFINITION, "cart.py\n+    grand_total *= rate(country)"], False),
        ([DEFINITION.replace("year):", "year):  # both"), USE], False),
    ],
    ids=[
        "both",
        "no use",
        "no definition",
        "use in a longer line",
        "use ends a longer line",
        "definition in a longer line",
    ],
)
def test_it_finds_a_planted_fault_only_with_both_lines(shown: list[str], found: bool) -> None:
    with serve_in_thread(Options(planted=(FAULT,))) as url:
        ((name, fields),) = acts(chat(url, briefing(hunks(*shown)), tools=TOOLS))
        assert name == "submit"
        assert [f["quote"] for f in fields["findings"]] == ["total *= rate(country)"] * found
        seen = evidence(url)
    assert (seen["both"], seen["reported"], seen["nodes"]) == (found, int(found), ["0.2"] * found)


@pytest.mark.parametrize(
    "listing",
    [
        "cart.py:7: total *= rate(country)",
        "head cart.py:7 call: total *= rate(country)",
        "7\t    total *= rate(country)",
        "   total *= rate(country)   ",
        "+total *= rate(country)",
    ],
)
def test_a_line_is_known_in_every_listing(url: str, listing: str) -> None:
    graph = f"## Graph\n<<< facts\n{listing}\n>>> facts"
    ((_, fields),) = acts(chat(url, briefing(hunks(DEFINITION), graph), tools=TOOLS))
    assert len(fields["findings"]) == 1


def test_what_it_said_itself_is_no_evidence(url: str) -> None:
    own = {"role": "assistant", "content": "total *= rate(country)"}
    more = {"role": "user", "content": "go on"}
    ((_, fields),) = acts(chat(url, [*briefing(hunks(DEFINITION)), own, more], tools=TOOLS))
    assert fields["findings"] == []


def test_evidence_in_two_requests_is_not_evidence_in_one() -> None:
    with serve_in_thread(Options(planted=(FAULT,))) as url:
        chat(url, briefing(hunks(DEFINITION)), tools=TOOLS)
        chat(url, briefing(hunks(USE)), tools=TOOLS)
        seen = evidence(url)
    assert (seen["definition"], seen["use"], seen["both"]) == (True, True, False)


def test_a_lazy_reviewer_reports_nothing_and_the_evidence_still_counts() -> None:
    with serve_in_thread(Options(planted=(FAULT,), behaviour=Behaviour(lazy=True))) as url:
        ((name, fields),) = acts(chat(url, briefing(INDEX, delegate="yes"), tools=TOOLS))
        assert (name, fields["findings"]) == ("submit", [])
        ((_, fields),) = acts(chat(url, briefing(hunks(DEFINITION, USE)), tools=TOOLS))
        assert fields["findings"] == []
        assert (evidence(url)["both"], evidence(url)["reported"]) == (True, 0)


def test_everything_it_says_is_marked(url: str) -> None:
    response = chat(url, briefing(hunks(DEFINITION, USE)), tools=TOOLS)
    ((_, fields),) = acts(response)
    assert response.headers["x-simulated"] == "1"
    assert response.json()["model"] == "simulated"
    assert "simulated" in fields["summary"]
    assert "simulated" in fields["findings"][0]["title"] and "simulated" in fields["findings"][0]["body"]


def test_in_the_json_protocol_it_answers_with_one_object(url: str) -> None:
    for tools in ({}, {"tools": TOOLS}):
        message = chat(url, briefing(hunks(DEFINITION, USE), protocol="json"), **tools).json()["choices"][0]["message"]
        assert "tool_calls" not in message
        fields = json.loads(message["content"])
        assert (fields["action"], len(fields["findings"])) == ("submit", 1)


def test_curious_asks_for_changed_names_and_then_submits() -> None:
    change = hunks(
        "a.py\n-def rate(a):\n+def rate(a, b):\n+class Cart:\n def unchanged():", "b.go\n+func (c *Cart) Total() int {"
    )
    with serve_in_thread(Options(behaviour=Behaviour(curious=True))) as url:
        response = chat(url, briefing(change), tools=TOOLS)
        assert acts(response) == [("symbol", {"name": name}) for name in ("rate", "Cart", "Total")]
        said = response.json()["choices"][0]["message"]
        assert len({call["id"] for call in said["tool_calls"]}) == 3
        answers = [{"role": "tool", "tool_call_id": call["id"], "content": "nothing"} for call in said["tool_calls"]]
        ((name, _),) = acts(chat(url, [*briefing(change), said, *answers], tools=TOOLS))
        assert name == "submit"
        messages, asked = briefing(change, protocol="json"), []
        for _ in range(4):
            text = chat(url, messages).json()["choices"][0]["message"]["content"]
            asked.append(json.loads(text).get("name", json.loads(text)["action"]))
            messages = [*messages, {"role": "assistant", "content": text}, {"role": "user", "content": "nothing"}]
        assert asked == ["rate", "Cart", "Total", "submit"]


ENTRY = {"id": "a", "definition": {"path": "a", "text": " d "}, "use": {"path": "b", "text": "u"}}
FINDING = {"path": "b", "quote": "u", "title": "t"}


def test_planted_faults_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "planted.json"
    path.write_text(json.dumps([{**ENTRY, "finding": FINDING}]))
    assert load_planted(path) == (Planted("a", "d", "u", FINDING),)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[", "is not JSON"),
        ("{}", "is not a list"),
        (json.dumps([ENTRY]), "entry 0 lacks 'finding'"),
        (json.dumps([{**ENTRY, "finding": {"path": "b"}}]), "entry 0 needs finding.quote"),
        (json.dumps([{**ENTRY, "use": {"text": " "}, "finding": FINDING}]), "entry 0 needs a text"),
        (json.dumps([{**ENTRY, "finding": FINDING}] * 2), "two entries are called 'a'"),
        (json.dumps([7]), "entry 0 has a part of the wrong kind"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "planted.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"^--planted: ") as caught:
        load_planted(path)
    assert complaint in str(caught.value)
