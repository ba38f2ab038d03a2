"""Java facts against snippets counted by hand; the same extraction was compared with `javac`'s own trees on two large projects."""

from __future__ import annotations

from rao_review.graph.coding import encode
from rao_review.graph.decoding import decode
from rao_review.graph.facts import Arguments, FileFacts, Import, Param
from rao_review.graph.languages import extract

SOURCE = b"""\
package org.shop.cart;

import static org.shop.Money.round;
import java.util.*;
import org.shop.Price;

@Deprecated
public abstract class Cart<T extends Item> extends base.Box<T> implements Shop, Comparable<Cart> {
    private static final int MAX = 3;
    protected List<Price> prices, spare;
    Price first;

    enum Kind implements Shop { SMALL(1), LARGE { void grow() {} }; Kind(int... n) {} }
    record Point(int x, List<String> names) { Point { check(x); } }
    @interface Mark { String value() default ""; }
    interface Walker { void walk(int steps); default int speed() { return 1; } }

    @Inject
    public Cart(final Price first, int... rest) {
        super(first);
        this.first = first;
    }

    @Override
    public int compareTo(Cart other) { return total(other) - this.first.cents(); }

    abstract int total(Cart other);
    void add(int n) { prices.add(n); }
    void add(String s) throws Broken {
        var made = new Price(1, s);
        Price given = made.twice().half();
        for (Price p : prices) { p.show(); }
        try (Source in = open(s)) { read(in); } catch (Broken e) { e.print(); }
        Runnable later = () -> run(given);
        Supplier<Price> maker = Price::new;
        Mapper mapper = Helper::map;
        if (ready && !isDone(s)) { this.spare = null; }
        new Thread() { public void run() { helper(); this.stop(); } void helper() {} };
        org.shop.Price.parse(s);
        super.add(n);
        Cart.this.first.show();
    }
    @Test void works() {}
    public static void main(String[] args) { round(MAX); }
}
"""


def facts(source: bytes = SOURCE) -> FileFacts:
    return extract("java", source)


def uses(found: FileFacts, name: str) -> list[tuple[str, str, int, Arguments | None, str]]:
    return [(u.kind, u.receiver, u.line, u.arguments, u.context) for u in found.uses if u.name == name]


def test_definitions_with_kind_and_extent() -> None:
    assert [(d.kind, d.qualname, d.line, d.start_line, d.end_line) for d in facts().definitions] == [
        ("class", "Cart", 8, 7, 45),
        ("constant", "Cart.MAX", 9, 9, 9),
        ("field", "Cart.prices", 10, 10, 10),
        ("field", "Cart.spare", 10, 10, 10),
        ("field", "Cart.first", 11, 11, 11),
        ("enum", "Cart.Kind", 13, 13, 13),
        ("enum_member", "Cart.Kind.SMALL", 13, 13, 13),
        ("enum_member", "Cart.Kind.LARGE", 13, 13, 13),
        ("method", "Cart.Kind.Kind", 13, 13, 13),
        ("class", "Cart.Point", 14, 14, 14),
        ("field", "Cart.Point.x", 14, 14, 14),
        ("field", "Cart.Point.names", 14, 14, 14),
        ("method", "Cart.Point.Point", 14, 14, 14),
        ("interface", "Cart.Mark", 15, 15, 15),
        ("method", "Cart.Mark.value", 15, 15, 15),
        ("interface", "Cart.Walker", 16, 16, 16),
        ("method", "Cart.Walker.walk", 16, 16, 16),
        ("method", "Cart.Walker.speed", 16, 16, 16),
        ("method", "Cart.Cart", 19, 18, 22),
        ("method", "Cart.compareTo", 25, 24, 25),
        ("method", "Cart.total", 27, 27, 27),
        ("method", "Cart.add", 28, 28, 28),
        ("method", "Cart.add", 29, 29, 42),
        ("method", "Cart.works", 43, 43, 43),
        ("method", "Cart.main", 44, 44, 44),
    ]


def test_parameters_of_methods_constructors_and_records() -> None:
    by_name = {d.qualname: d for d in facts().definitions}
    constructor = (Param("first", annotation="Price"), Param("rest", "variadic", True, "int"))
    assert by_name["Cart.Cart"].params == constructor
    assert by_name["Cart"].params == constructor
    components = (Param("x", annotation="int"), Param("names", annotation="List<String>"))
    assert by_name["Cart.Point"].params == by_name["Cart.Point.Point"].params == components
    assert by_name["Cart.Walker"].params is None
    assert by_name["Cart.Mark.value"].params == ()


def test_flags_bases_decorators_and_returns() -> None:
    by_name = {d.qualname: d for d in facts().definitions}
    assert by_name["Cart"].flags == ("abstract", "deprecated", "exported")
    assert by_name["Cart"].bases == ("base.Box", "Shop", "Comparable")
    assert by_name["Cart"].decorators == ("Deprecated",)
    assert by_name["Cart.MAX"].flags == ("final", "private", "static")
    assert by_name["Cart.Cart"].flags == ("entry", "exported")
    assert by_name["Cart.compareTo"].flags == ("exported", "override")
    assert by_name["Cart.compareTo"].signature == "public int compareTo(Cart other)"
    assert by_name["Cart.add"].flags == ("overload",)
    assert by_name["Cart.works"].flags == ("entry",)
    assert by_name["Cart.main"].flags == ("entry", "exported", "static")
    assert by_name["Cart.Walker.walk"].flags == ("abstract", "exported")
    assert by_name["Cart.Walker.speed"].flags == ("exported",)
    assert (by_name["Cart.total"].returns, by_name["Cart.add"].returns, by_name["Cart.Cart"].returns) == (
        "value",
        "none",
        "",
    )
    assert by_name["Cart.prices"].annotation == "List<Price>"


def test_a_class_takes_the_arguments_of_its_only_constructor() -> None:
    found = facts(b"class A {} class B { B() {} B(int x) {} } @Data class C { int x; } interface D {}")
    assert {d.name: d.params for d in found.definitions if d.kind in ("class", "interface")} == {
        "A": (),
        "B": None,
        "C": None,
        "D": None,
    }


def test_package_and_imports() -> None:
    found = facts()
    assert found.package == "org.shop.cart"
    top = ("toplevel",)
    assert found.imports == (
        Import("org.shop.Money", "round", "round", 3, top),
        Import("java.util", "*", "", 4, top),
        Import("org.shop", "Price", "Price", 5, top),
    )


def test_calls_with_their_arguments_and_receivers() -> None:
    found = facts()
    assert uses(found, "super") == [("call", "", 20, Arguments(1), "discard")]
    assert uses(found, "total") == [("call", "", 25, Arguments(1), "")]
    assert uses(found, "cents") == [("call", "this.first", 25, Arguments(0), "")]
    assert uses(found, "add") == [
        ("call", "prices", 28, Arguments(1), "discard"),
        ("call", "super()", 40, Arguments(1), "discard"),
    ]
    assert ("call", "", 30, Arguments(2), "new") in uses(found, "Price")
    assert ("name", "", 35, None, "new") in uses(found, "Price")
    assert uses(found, "half") == [("call", "?", 31, Arguments(0), "")]
    assert uses(found, "map") == [("name", "Helper", 36, None, "")]
    assert uses(found, "isDone") == [("call", "", 37, Arguments(1), "truth")]
    assert uses(found, "spare") == [("attribute", "this", 37, None, "write")]
    assert uses(found, "stop") == [("call", "?", 38, Arguments(0), "discard")]  # `this` of a class without a name
    assert uses(found, "helper") == []  # and its own method
    assert uses(found, "parse") == [("call", "org.shop.Price", 39, Arguments(1), "discard")]
    assert uses(found, "show") == [
        ("call", "p", 32, Arguments(0), "discard"),
        ("call", "Cart().first", 41, Arguments(0), "discard"),
    ]


def test_types_annotations_and_bases_are_uses() -> None:
    found = facts()
    assert uses(found, "Inject") == [("decorator", "", 18, Arguments(0), "")]
    assert uses(found, "Box") == [("inherit", "base", 8, None, "")]
    assert uses(found, "Item") == [("type", "", 8, None, "type")]
    assert uses(found, "Broken") == [("type", "", 29, None, "type"), ("type", "", 33, None, "type")]
    assert [u.kind for u in found.uses if u.name == "T"] == []


def test_locals_and_fields_are_bound() -> None:
    found = facts()
    bound = {(b.name, b.value) for b in found.bindings if b.scope == "Cart.add"}
    assert {
        ("made", "Price"),
        ("given", "Price"),
        ("p", "Price"),
        ("in", "Source"),
        ("e", "Broken"),
        ("s", "String"),
    } <= bound
    assert {(b.name, b.value) for b in found.bindings if b.scope == "Cart"} == {
        ("this.prices", "List"),
        ("this.spare", "List"),
        ("this.first", "Price"),
    }
    assert {u.name for u in found.uses if u.kind == "name"} == {
        "prices",
        "ready",
        "n",
        "MAX",
        "org",
        "Price",
        "map",
        "Helper",
        "Cart",
    }


def test_modern_syntax() -> None:
    found = facts(
        b"class A { int f(Object o) {\n"
        b"  if (!(o instanceof Point p)) return 0;\n"
        b"  int k = switch (p.kind()) { case ONE, TWO -> one(); default -> { yield two(p); } };\n"
        b'  String s = """\n    text(1)\n    """;\n'
        b"  return p.at(k); } }\n"
    )
    assert found.unknown == ""
    assert [(u.name, u.receiver) for u in found.uses if u.kind == "call"] == [
        ("kind", "p"),
        ("one", ""),
        ("two", ""),
        ("at", "p"),
    ]
    assert [u.name for u in found.uses if u.kind == "name"] == ["ONE", "TWO"]


def test_digest_sees_code_and_not_layout() -> None:
    plain = facts(b"class A { int f(int a) { return a + 1; } }")
    laid_out = facts(b"class A\n{\n  /** doc */\n  int f( int a )\n  {\n    return a+1; // why\n  }\n}\n")
    changed = facts(b"class A { int f(int a) { return a + 2; } }")
    assert [d.digest for d in plain.definitions] == [d.digest for d in laid_out.definitions]
    assert plain.module_digest == laid_out.module_digest != changed.module_digest


def test_broken_source_says_so_and_invents_nothing() -> None:
    found = facts(b"class A { void good() {} void bad( { %% oops(1); } }")
    assert found.unknown == "syntax errors"
    assert "bad" not in {d.name for d in found.definitions}


def test_facts_survive_coding() -> None:
    assert decode(encode(facts())) == facts()
