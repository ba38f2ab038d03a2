"""What the graph tells a node, on real small repositories: the stale use stands in the text though its file is not in the hunks."""

from __future__ import annotations

from changes import Files, GraphOf

from rao_review.graph.graph import Graph
from rao_review.policy.llm.facts import FactFinder

TAX = "def rate(country):\n    return len(country)\n"
CART = "from shop.tax import rate\n\n\ndef total(price, country):\n    return price * rate(country)\n"


def told(graph: Graph, *paths: str, room: int = 4_000) -> str:
    """The facts about all hunks of these files; a token is a character here."""
    hunks = [h.id for h in graph.change.hunks() if h.path in paths]
    return FactFinder(graph).text(hunks, room, len)


def test_an_untouched_use_of_a_removed_function(graph_of: GraphOf) -> None:
    base: Files = {"shop/__init__.py": "", "shop/tax.py": TAX, "shop/cart.py": CART}
    text = told(graph_of(base, {"shop/tax.py": "def share(country, year):\n    return year\n"}), "shop/tax.py")
    assert "used at shop/cart.py:5: return price * rate(country)" in text
    assert "used at shop/cart.py:1: from shop.tax import rate" in text


def test_the_changed_header_is_told_where_a_changed_line_uses_it(graph_of: GraphOf) -> None:
    base: Files = {"shop/__init__.py": "", "shop/tax.py": TAX, "shop/cart.py": CART}
    graph = graph_of(
        base,
        {
            "shop/tax.py": TAX.replace("(country):", "(country, year):"),
            "shop/cart.py": CART.replace("price * rate", "2 * price * rate"),
        },
    )
    text = told(graph, "shop/cart.py")
    assert "used here, changed elsewhere: signature changed: - shop/tax.py:1: def rate(country):" in text
    assert "+ shop/tax.py:1: def rate(country, year):" in text


def test_a_use_whose_import_is_gone_too(graph_of: GraphOf) -> None:
    """At head the name leads nowhere; at base that very line led to the removed function."""
    base: Files = {
        "shop/__init__.py": "",
        "shop/tax.py": TAX,
        "shop/cart.py": f"{CART}\n\ndef other():\n    return 1\n",
    }
    graph = graph_of(
        base,
        {
            "shop/tax.py": "LIMIT = 3\n",
            "shop/cart.py": f"{CART}\n\ndef other():\n    return 1\n".replace(
                "from shop.tax import rate", "from shop.tax import LIMIT"
            ),
        },
    )
    assert "used at shop/cart.py:5: return price * rate(country)" in told(graph, "shop/tax.py")


def test_a_use_whose_re_export_is_gone_too(graph_of: GraphOf) -> None:
    base: Files = {
        "test-utils/expect.ts": "export function expectScope(scope: string): boolean {\n  return scope === 'a';\n}\n",
        "test-utils/index.ts": "export * from './expect';\nexport * from './misc';\n",
        "test-utils/misc.ts": "export const misc = 1;\n",
        "tests/scope.test.ts": "import { expectScope } from '../test-utils';\n\nit('has', () => {\n  expectScope('a');\n});\n",
    }
    graph = graph_of(base, {"test-utils/expect.ts": None, "test-utils/index.ts": "export * from './misc';\n"})
    text = told(graph, "test-utils/expect.ts")
    assert "used at tests/scope.test.ts:4: expectScope('a');" in text
    assert "used at tests/scope.test.ts:1: import { expectScope } from '../test-utils';" in text


def test_every_fact_has_its_first_lines_before_one_has_more(graph_of: GraphOf) -> None:
    """Twenty uses of one removed name leave room for the single use of another."""
    many = {f"shop/user{n:02}.py": f"from shop.tax import rate\n\nVALUE_{n:02} = rate('x')\n" for n in range(20)}
    base: Files = {
        "shop/__init__.py": "",
        "shop/tax.py": f"{TAX}\n\ndef zero(country):\n    return [country, 0]\n",
        "shop/cart.py": "from shop.tax import zero\n\nNONE = zero('y')\n",
        **many,
    }
    graph = graph_of(base, {"shop/tax.py": "LIMIT = 3\n"})
    text = told(graph, "shop/tax.py", room=700)
    assert "used at shop/cart.py:3: NONE = zero('y')" in text
    assert len(text) <= 800
    assert text.count("user") < 20


def test_what_has_untouched_uses_comes_before_what_has_none(graph_of: GraphOf) -> None:
    """Ten removed functions that nobody uses do not crowd out a changed signature that somebody uses."""
    unused = "\n\n".join(f"def unused_{n}(value):\n    return [value, {n}]\n" for n in range(10))
    base: Files = {"shop/__init__.py": "", "shop/tax.py": f"{unused}\n\n{TAX}", "shop/cart.py": CART}
    graph = graph_of(base, {"shop/tax.py": TAX.replace("(country):", "(country, year):")})
    assert told(graph, "shop/tax.py").startswith("signature changed: - shop/tax.py:")


def test_nothing_is_said_of_what_is_new(graph_of: GraphOf) -> None:
    graph = graph_of({"shop/__init__.py": "", "shop/tax.py": TAX}, {"shop/more.py": "def fresh():\n    return 1\n"})
    assert told(graph, "shop/more.py") == ""


def test_an_interface_that_a_removed_method_fulfilled(graph_of: GraphOf) -> None:
    base: Files = {
        "go.mod": "module shop\n",
        "log/log.go": "package log\n\ntype Settings struct{}\n\nfunc (s Settings) Warn() bool {\n\treturn true\n}\n",
        "conf/conf.go": "package conf\n\ntype Config interface {\n\tWarn() bool\n}\n",
        "lang/lang.go": 'package lang\n\nimport "shop/conf"\n\nfunc Load(c conf.Config) bool {\n\treturn c.Warn()\n}\n',
    }
    text = told(graph_of(base, {"log/log.go": "package log\n\ntype Settings struct{}\n"}), "log/log.go")
    assert "perhaps used at conf/conf.go:4: Warn() bool" in text
    assert "perhaps used at lang/lang.go:6: return c.Warn()" in text


def test_stale_uses_come_before_what_uses_changed_bodies(graph_of: GraphOf) -> None:
    """Every untouched use of a changed signature is told before a use of a body that changed, however many there are."""
    bodies = {f"shop/body{n:02}.py": f"def body_{n:02}(value):\n    return value + {n}\n" for n in range(12)}
    users = {
        f"shop/user{n:02}.py": f"from shop.tax import rate\nfrom shop.body{n:02} import body_{n:02}\n\n"
        f"VALUE_{n:02} = rate('x')\nBODY_{n:02} = body_{n:02}(1)\n"
        for n in range(12)
    }
    base: Files = {"shop/__init__.py": "", "shop/tax.py": TAX, **bodies, **users}
    change: Files = {path: text.replace("+ ", "- ") for path, text in bodies.items()}
    graph = graph_of(base, {"shop/tax.py": TAX.replace("(country):", "(country, year):"), **change})
    text = told(graph, "shop/tax.py", *bodies, room=1_000)
    assert all(f"VALUE_{n:02} = rate('x')" in text for n in range(12))
    assert "BODY_" in told(graph, "shop/tax.py", *bodies)


def test_stale_uses_may_take_more_room_and_nothing_else_does(graph_of: GraphOf) -> None:
    users = {f"shop/user{n:02}.py": f"from shop.tax import rate\n\nVALUE_{n:02} = rate('x')\n" for n in range(30)}
    other = "def other(value):\n    return value\n"
    base: Files = {
        "shop/__init__.py": "",
        "shop/tax.py": f"{TAX}\n\n{other}",
        "shop/cart.py": "from shop.tax import other\n\nOTHER = other(1)\n",
        **users,
    }
    changed = f"{TAX}\n\n{other}".replace("(country):", "(country, year):").replace("return value", "return -value")
    graph = graph_of(base, {"shop/tax.py": changed})
    hunks = [h.id for h in graph.change.hunks()]
    text = FactFinder(graph).text(hunks, 700, len, most=4_000)
    assert text.count("VALUE_") == 30
    assert "OTHER" not in text


def test_another_language_does_not_use_a_name(graph_of: GraphOf) -> None:
    """A bundle of JavaScript that has a method of the same name says nothing about a Go one."""
    base: Files = {
        "go.mod": "module shop\n",
        "log/log.go": "package log\n\ntype Settings struct{}\n\nfunc (s Settings) Warn() bool {\n\treturn true\n}\n",
        "conf/conf.go": "package conf\n\ntype Config interface {\n\tWarn() bool\n}\n",
        "site/app.js": "export function load(console) {\n  return console.Warn();\n}\n",
    }
    text = told(graph_of(base, {"log/log.go": "package log\n\ntype Settings struct{}\n"}), "log/log.go")
    assert "conf/conf.go:4" in text
    assert "app.js" not in text
