"""Go facts against snippets counted by hand; the same extraction was compared with `go/ast` on a large project."""

from __future__ import annotations

from rao_review.graph.coding import encode
from rao_review.graph.decoding import decode
from rao_review.graph.facts import Arguments, FileFacts, Import, Param
from rao_review.graph.languages import extract

SOURCE = b"""\
package shop

import (
	"fmt"
	. "example.org/dots/v2"
	_ "example.org/side"
	money "example.org/go/currency"
	"example.org/pricing/v3"
)

const (
	First = iota
	second
)

var Default, other = NewCart(1), &money.Purse{Owner: "x"}

type Cart[T any] struct {
	*Base
	money.Purse
	items, Extra []T
	onDone       func(x int) error
}

type Store interface {
	fmt.Stringer
	Get(key string, more ...int) (value string, err error)
}

type Alias = Cart[int]

// Total says how much.
func (c *Cart[T]) Total(a, b int, _ string, rest ...money.Purse) (int, error) {
	price, err := fetch(a, pricing.Rate(b))
	for i, item := range c.items {
		c.add(item, i)
	}
	if !check(price) && c.ready {
		c.Base.count = price
	}
	copied := Cart[int]{}
	table := map[string]Point{"a": {X: 1, Y: 2}}
	defer c.Close()
	show(table, copied, rest...)
	use(compute(), 1)
	use(compute())
	fetch := 3
	fetch(1)
	return split(err)
}

func NewCart(n int) *Cart[int] { return nil }
func nothing()                 {}
func TestTotal(t *testing.T)   {}
"""


def facts(source: bytes = SOURCE) -> FileFacts:
    return extract("go", source)


def uses(found: FileFacts, name: str) -> list[tuple[str, str, int, Arguments | None, str]]:
    return [(u.kind, u.receiver, u.line, u.arguments, u.context) for u in found.uses if u.name == name]


def test_definitions_with_kind_and_extent() -> None:
    assert [(d.kind, d.qualname, d.line, d.end_line) for d in facts().definitions] == [
        ("constant", "First", 12, 12),
        ("constant", "second", 13, 13),
        ("variable", "Default", 16, 16),
        ("variable", "other", 16, 16),
        ("class", "Cart", 18, 23),
        ("field", "Cart.Base", 19, 19),
        ("field", "Cart.Purse", 20, 20),
        ("field", "Cart.items", 21, 21),
        ("field", "Cart.Extra", 21, 21),
        ("field", "Cart.onDone", 22, 22),
        ("interface", "Store", 25, 28),
        ("method", "Store.Get", 27, 27),
        ("type", "Alias", 30, 30),
        ("method", "Cart.Total", 33, 50),
        ("function", "NewCart", 52, 52),
        ("function", "nothing", 53, 53),
        ("function", "TestTotal", 54, 54),
    ]


def test_parameters_returns_and_flags() -> None:
    by_name = {d.qualname: d for d in facts().definitions}
    total = by_name["Cart.Total"]
    assert total.params == (
        Param("a", annotation="int"),
        Param("b", annotation="int"),
        Param("_", annotation="string"),
        Param("rest", "variadic", True, "money.Purse"),
    )
    assert (total.returns, total.annotation, total.flags) == ("tuple:2", "(int, error)", ("exported",))
    assert total.signature == "func (c *Cart[T]) Total(a, b int, _ string, rest ...money.Purse) (int, error)"
    assert (by_name["NewCart"].returns, by_name["nothing"].returns, by_name["Store.Get"].returns) == (
        "value",
        "none",
        "tuple:2",
    )
    assert by_name["Store.Get"].flags == ("abstract", "exported")
    assert by_name["TestTotal"].flags == ("entry", "exported")
    assert by_name["Cart"].bases == ("Base", "money.Purse")
    assert by_name["Store"].bases == ("fmt.Stringer",)
    assert by_name["Cart"].params is None


def test_package_and_imports() -> None:
    found = facts()
    assert found.package == "shop"
    top = ("toplevel",)
    assert found.imports == (
        Import("fmt", "", "fmt", 4, top),
        Import("example.org/dots/v2", "*", "", 5, top),
        Import("example.org/side", "", "", 6, top),
        Import("example.org/go/currency", "", "money", 7, top),
        Import("example.org/pricing/v3", "", "pricing", 8, top),
    )


def test_calls_with_their_arguments_and_contexts() -> None:
    found = facts()
    assert uses(found, "fetch") == [
        ("call", "", 34, Arguments(2), "unpack:2")
    ]  # the local on line 48 hides the second one
    assert uses(found, "Rate") == [("call", "pricing", 34, Arguments(1), "")]
    assert uses(found, "add") == [("call", "c", 36, Arguments(2), "discard")]
    assert uses(found, "check") == [("call", "", 38, Arguments(1), "truth")]
    assert uses(found, "ready") == [("attribute", "c", 38, None, "truth")]
    assert uses(found, "count") == [("attribute", "c.Base", 39, None, "write")]
    assert uses(found, "Close") == [("call", "c", 43, Arguments(0), "discard")]
    assert uses(found, "show") == [("call", "", 44, Arguments(2, star=True), "discard")]
    assert uses(found, "split") == [("call", "", 49, Arguments(1), "unpack:2")]
    # an only argument that is a call may be several values
    assert uses(found, "use") == [
        ("call", "", 45, Arguments(2), "discard"),
        ("call", "", 46, Arguments(1, star=True), "discard"),
    ]


def test_composite_literals_name_type_and_fields() -> None:
    found = facts()
    assert ("type", "money", 16, Arguments(0, ("Owner",)), "") in uses(found, "Purse")
    assert uses(found, "Owner") == [("attribute", "money.Purse()", 16, None, "")]
    assert ("type", "", 41, Arguments(0), "") in uses(found, "Cart")
    assert {(u.name, u.receiver) for u in found.uses if u.line == 42} == {
        ("Point", ""),
        ("X", "Point()"),
        ("Y", "Point()"),
    }


def test_locals_are_bound_and_packages_are_not_names() -> None:
    found = facts()
    bound = {(b.name, b.value) for b in found.bindings if b.scope == "Cart.Total"}
    assert {
        ("c", "Cart"),
        ("price", "fetch()"),
        ("err", ""),
        ("copied", "Cart"),
        ("table", ""),
        ("item", ""),
        ("rest", ""),
    } <= bound
    assert {("Default", "NewCart()"), ("other", "money.Purse")} == {
        (b.name, b.value) for b in found.bindings if not b.scope
    }
    named = {u.name for u in found.uses if u.kind == "name"}
    assert named.isdisjoint({"a", "b", "item", "rest", "copied", "fmt", "pricing", "money", "c", "T"})


def test_block_scope_ends_with_the_block() -> None:
    found = facts(b"package p\nfunc f() {\n\tif x := 1; x > 0 {\n\t\tuse(x)\n\t}\n\treturn x\n}\n")
    assert [u.line for u in found.uses if u.name == "x"] == [6]


def test_method_expression_and_chains() -> None:
    found = facts(b"package p\nfunc f() {\n\t(*Foo).Do(x, 1)\n\tNewFoo().Do(1)\n\ta.b[0].Do()\n\tFoo{}.Do()\n}\n")
    assert [(u.receiver, u.arguments) for u in found.uses if u.name == "Do"] == [
        ("Foo", Arguments(2, star=True)),
        ("NewFoo()", Arguments(1)),
        ("?", Arguments(0)),
        ("Foo()", Arguments(0)),
    ]


def test_digest_sees_code_and_not_layout() -> None:
    plain = facts(b"package p\nfunc total(a int) int { return a + 1 }\n")
    laid_out = facts(b"package p\n\n// doc\nfunc total(a int) int {\n\treturn a + 1 // why\n}\n")
    renamed = facts(b"package p\nfunc sum(a int) int { return a + 1 }\n")
    changed = facts(b"package p\nfunc total(a int) int { return a + 2 }\n")
    assert plain.definitions[0].digest == laid_out.definitions[0].digest
    assert plain.module_digest == laid_out.module_digest
    assert plain.definitions[0].digest != renamed.definitions[0].digest
    assert plain.definitions[0].body_digest == renamed.definitions[0].body_digest
    assert plain.definitions[0].digest != changed.definitions[0].digest


def test_broken_source_says_so_and_invents_nothing() -> None:
    found = facts(b"package p\nfunc good() {}\nfunc bad( { %% oops(1) }\n")
    assert found.unknown == "syntax errors"
    assert [d.name for d in found.definitions] == ["good"]


def test_facts_survive_coding() -> None:
    assert decode(encode(facts())) == facts()
