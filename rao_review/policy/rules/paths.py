"""What a path says about a file: a test, documentation, an example, data of tests. By convention only; never reads the file."""

from __future__ import annotations

import re
from functools import lru_cache

_TEST_DIR = re.compile(
    r"(^|/)(_?tests?|testing|specs?|__tests__|e2e|test[-_]?(suite|utils|helpers?|tsd|d|dts|types?)|src/(test|\w*Test)|src/it)/"
    r"|(^|/)(Tests|Specs|[\w.-]*[a-z0-9.](Tests?|Specs?))/"
    r"|(^|/)(acceptance|functional|integration|smoke|types?|unit)[-_]?tests?/|^(acceptance|functional|integration|it|t)/"
)
_TEST_NAME = re.compile(
    r"(^|/)(test_[^/]*|[^/]*_tests?|tests?|conftest|[^/]*[._-](tests?|specs?(?!\.pyi?$))|[^/]*\.test-d|[^/]*[a-z0-9]Tests?|[^/]*[a-z0-9]TestCase|Test[A-Z][^/]*)"
    r"\.(d\.)?[A-Za-z]+$"
)
_DOCS_DIR = re.compile(
    r"(^|/)(docs?|documentation|website|man|manual|changelogs?|release[-_]?notes|news|newsfragments)/", re.IGNORECASE
)
_DOCS_NAME = re.compile(r"\.(md|mdx|markdown|rst|adoc|asciidoc|txt|tex|html?|ipynb|pod|man|[1-8])$", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"(^|/)(examples?|samples?|demos?|tutorials?|snippets?|templates?|_?playground)/|\.(example|sample|template|dist)$|\.example\."
)
_FIXTURE = re.compile(
    r"(^|/)(fixtures?|__fixtures__|testdata|test[-_]data|__snapshots__|snapshots?|tests?/data|(?<!src/)tests?(-\w+)?/resources|golden[s]?|corpus|cassettes?|mocks?|__mocks__)(/|$)"
)


@lru_cache(maxsize=1 << 14)
def is_test(path: str) -> bool:
    """Whether a file is a test or belongs to the tests: `tests/…`, `test_*.py`, `*_test.go`, `*.spec.ts`, `FooTest.java`, …"""
    return bool(_TEST_DIR.search(path) or _TEST_NAME.search(path) or _FIXTURE.search(path))


@lru_cache(maxsize=1 << 14)
def is_docs(path: str) -> bool:
    """Whether a file is written for readers: under `docs/`, or Markdown, reStructuredText, HTML and the like."""
    return bool(_DOCS_DIR.search(path) or _DOCS_NAME.search(path))


@lru_cache(maxsize=1 << 14)
def is_example(path: str) -> bool:
    """Whether a file shows how to use something: `examples/…`, `demo/…`, `.env.example`."""
    return bool(_EXAMPLE.search(path))


@lru_cache(maxsize=1 << 14)
def is_fixture(path: str) -> bool:
    """Whether a file is data of tests, whose content may be wrong on purpose: `fixtures/…`, `testdata/…`, `tests/resources/…`, snapshots.
    Not so the `src/test/resources/…` of Java, among which are settings that the tests run with."""
    return bool(_FIXTURE.search(path))


def is_product(path: str) -> bool:
    """Whether a file is none of these: code or configuration that runs for users."""
    return not (is_test(path) or is_docs(path) or is_example(path))
