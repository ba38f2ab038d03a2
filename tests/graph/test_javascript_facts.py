"""JavaScript and TypeScript facts against snippets counted by hand. The same extraction was compared with the TypeScript compiler
on large projects."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rao_review.graph.coding import encode
from rao_review.graph.decoding import decode
from rao_review.graph.facts import Arguments, Binding, Definition, FileFacts, Import, Param, Use
from rao_review.graph.languages import extract


def facts(source: str, language: str = "typescript") -> FileFacts:
    return extract(language, source.encode())


def definition(source: str, qualname: str, language: str = "typescript") -> Definition:
    (found,) = [d for d in facts(source, language).definitions if d.qualname == qualname]
    return found


def uses(source: str, name: str, language: str = "typescript") -> list[Use]:
    return [use for use in facts(source, language).uses if use.name == name]


def imports(source: str, language: str = "typescript") -> set[tuple[str, str, str, tuple[str, ...]]]:
    return {(i.module, i.name, i.alias, i.flags) for i in facts(source, language).imports}


SOURCE = """\
import { Money as Cash } from './money';

export interface Store<K> extends Base<K>, ns.Other {
  get(key: K, fallback?: string): Cash;
  size?: number;
}

export default class Cart<T> extends Shop<T> implements Store<T> {
  private readonly total: number = 0;
  static made = new Counter();
  #secret;
  constructor(private purse: Cash, owner?: string, ...rest: T[]) {
    super(owner);
    this.items = rest;
  }
  get full(): boolean { return this.items.length > LIMIT; }
  protected abstract check(a: Cash, { b }: Cash): void;
  static async *of(size = 1) { yield* many(size); }
  @logged('x') add = (item: T) => this.purse?.pay(item, ...this.items);
}

export const LIMIT = 3, table = { open(a) { return a; }, close: () => undefined, kind: 'x', Cash };
export const enum Color { Red, Green = 'g' }
export type Props = { name: string };
export function over(a: string): void;
export function over(a: any) { function inner() { return [a]; } return inner(); }
namespace Tools { export const help = async () => ({}); }
let fn = function (a, [b], { c } = {}) {};
"""


def test_definitions() -> None:
    found = [(d.qualname, d.kind, d.line, d.end_line, d.flags) for d in facts(SOURCE).definitions]
    assert sorted(found) == [
        ("Cart", "class", 8, 20, ("default_export", "exported")),
        ("Cart.#secret", "field", 11, 11, ("private",)),
        ("Cart.add", "method", 19, 19, ("entry",)),
        ("Cart.check", "method", 17, 17, ("abstract", "private")),
        ("Cart.constructor", "method", 12, 15, ("entry",)),
        ("Cart.full", "property", 16, 16, ("property",)),
        ("Cart.items", "field", 14, 14, ("instance",)),
        ("Cart.made", "field", 10, 10, ("static",)),
        ("Cart.of", "method", 18, 18, ("async", "generator", "static")),
        ("Cart.purse", "field", 12, 12, ("instance", "private")),
        ("Cart.total", "field", 9, 9, ("private",)),
        ("Color", "enum", 23, 23, ("enum", "exported")),
        ("Color.Green", "enum_member", 23, 23, ()),
        ("Color.Red", "enum_member", 23, 23, ()),
        ("LIMIT", "constant", 22, 22, ("exported",)),
        ("Props", "type", 24, 24, ("exported",)),
        ("Props.name", "field", 24, 24, ()),
        ("Store", "interface", 3, 6, ("exported",)),
        ("Store.get", "method", 4, 4, ("abstract",)),
        ("Store.size", "field", 5, 5, ()),
        ("Tools", "module", 27, 27, ()),
        ("Tools.help", "function", 27, 27, ("async",)),
        ("fn", "function", 28, 28, ()),
        ("over", "function", 25, 25, ("exported", "overload")),
        ("over", "function", 26, 26, ("exported", "overload")),
        ("over.inner", "function", 26, 26, ("local",)),
        ("table", "variable", 22, 22, ("exported",)),
        ("table.Cash", "field", 22, 22, ()),
        ("table.close", "method", 22, 22, ()),
        ("table.kind", "field", 22, 22, ()),
        ("table.open", "method", 22, 22, ()),
    ]
    assert facts(SOURCE).exports == ("Store", "default", "LIMIT", "table", "Color", "Props", "over")


def test_parameters_bases_and_returns() -> None:
    constructor = (
        Param("purse", "positional", False, "Cash"),
        Param("owner", "positional", True, "string"),
        Param("rest", "variadic", True, "T[]"),
    )
    cart = definition(SOURCE, "Cart")
    assert (cart.params, cart.bases) == (constructor, ("Shop", "Store"))
    assert definition(SOURCE, "Store").bases == ("Base", "ns.Other")
    assert definition(SOURCE, "Cart.check").params == (Param("a", annotation="Cash"), Param("", annotation="Cash"))
    assert definition(SOURCE, "Cart.of").params == (Param("size", "positional", True),)
    assert definition(SOURCE, "Cart.add").decorators == ("logged",)
    assert definition(SOURCE, "fn").params == (Param("a"), Param(""), Param("", "positional", True))
    shapes = {d.qualname: d.returns for d in facts(SOURCE).definitions if d.kind in ("function", "method", "property")}
    assert shapes == {
        "Store.get": "", "Cart.constructor": "none", "Cart.full": "value", "Cart.check": "", "Cart.of": "generator",
        "Cart.add": "value", "table.open": "value", "table.close": "none", "over": "value", "over.inner": "list",
        "Tools.help": "dict", "fn": "none",
    }  # fmt: skip
    assert definition(SOURCE, "Cart.of").signature == "static async *of(size = 1)"


def test_uses() -> None:
    found = {(u.line, u.kind, u.receiver, u.name, u.scope, u.context) for u in facts(SOURCE).uses if 7 < u.line < 22}
    assert found == {
        (8, "inherit", "", "Shop", "", ""),
        (8, "inherit", "", "Store", "", ""),
        (10, "call", "", "Counter", "Cart", "assign new"),
        (12, "type", "", "Cash", "Cart.constructor", "type"),
        (13, "call", "super()", "constructor", "Cart.constructor", "discard"),
        (14, "attribute", "this", "items", "Cart.constructor", "write"),
        (16, "attribute", "this", "items", "Cart.full", "attribute"),
        (16, "attribute", "this.items", "length", "Cart.full", ""),
        (16, "name", "", "LIMIT", "Cart.full", ""),
        (17, "type", "", "Cash", "Cart.check", "type"),
        (18, "call", "", "many", "Cart.of", "iterate"),
        (19, "decorator", "", "logged", "Cart", ""),
        (19, "attribute", "this", "purse", "Cart.add", "attribute"),
        (19, "call", "this.purse", "pay", "Cart.add", "return"),
        (19, "attribute", "this", "items", "Cart.add", "iterate"),
    }
    (pay,) = uses(SOURCE, "pay")
    assert pay.arguments == Arguments(1, (), True)


def test_bindings() -> None:
    found = facts(SOURCE).bindings
    assert Binding("this.purse", "Cash", "Cart.constructor", 12) in found
    assert Binding("this.made", "Counter", "Cart", 10) in found
    assert Binding("item", "T", "Cart.add", 19) in found
    several = facts("let a = new A(), b = make(), c: Set<B> = d, e = f as G, h = null; h = new H();").bindings
    assert {(b.name, b.value) for b in several} == {("a", "A"), ("b", "make()"), ("c", "Set"), ("e", "G"), ("h", "H")}


def test_imports_and_reexports() -> None:
    source = """\
import a, { b, c as d, type E } from './x';
import * as f from 'y';
import type { G } from './z';
import './side';
import h = require('h');
export { i, j as k } from './w';
export * from './v';
export * as l from './u';
"""
    top, again = ("toplevel",), ("toplevel", "reexport")
    assert imports(source) == {
        ("./x", "default", "a", top), ("./x", "b", "b", top), ("./x", "c", "d", top), ("./x", "E", "E", ("type_only",)),
        ("y", "*", "f", top), ("./z", "G", "G", ("type_only",)), ("./side", "", "", top), ("h", "", "h", top),
        ("./w", "i", "i", again), ("./w", "j", "k", again), ("./v", "*", "", again), ("./u", "*", "l", again),
    }  # fmt: skip
    assert facts(source).exports == ("i", "k", "l")


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx"])
def test_specifiers_of_any_form(language: str) -> None:
    source = """\
import a, { default as b, 'c d' as e, f as /* as */ g } from './x';
import * as h from './w';
export { default as i } from './v';
export { default } from './u';
export { 'j k' as l, m as 'n o' } from './t';
export * as p from './s';
export * as 'q r' from './r';
export { a as s, b as 't u' };
"""
    top, again = ("toplevel",), ("toplevel", "reexport")
    assert imports(source, language) == {
        ("./x", "default", "a", top), ("./x", "default", "b", top), ("./x", "c d", "e", top), ("./x", "f", "g", top),
        ("./w", "*", "h", top), ("./v", "default", "i", again), ("./u", "default", "default", again), ("./t", "j k", "l", again),
        ("./t", "m", "n o", again), ("./s", "*", "p", again), ("./r", "*", "q r", again),
    }  # fmt: skip
    assert facts(source, language).exports == ("i", "default", "l", "n o", "p", "q r", "s", "t u")
    assert facts("function a() {}\nexport { a as default };", language).exports == ("default",)
    assert imports("export * as default from './a';", language) == {("./a", "*", "default", again)}


def test_commonjs() -> None:
    source = """\
const a = require('./a'), { b, c: d } = require('./b'), e = require('./e').f;
function g() { require('./late'); import('./dyn'); }
module.exports = { g, h: g, i() {}, j: 1, ...require('./more') };
exports.k = function (x) {};
module.exports.l = class L {};
A.prototype.m = function (y) {};
"""
    top, member = ("toplevel",), ("toplevel", "member")
    assert imports(source, "javascript") == {
        ("./a", "", "a", top), ("./b", "b", "b", member), ("./b", "c", "d", member), ("./e", "f", "e", member),
        ("./late", "", "", ("dynamic",)), ("./dyn", "", "", ("dynamic",)), ("./more", "*", "", ("toplevel", "reexport")),
    }  # fmt: skip
    found = facts(source, "javascript")
    assert found.exports == ("default", "g", "h", "i", "j", "k", "l")  # a module of this kind is its own default
    assert {(d.qualname, d.kind) for d in found.definitions} == {
        ("g", "function"), ("i", "function"), ("j", "variable"), ("k", "function"), ("l", "class"), ("A.m", "method"),
    }  # fmt: skip
    assert {d.name for d in found.definitions if "exported" in d.flags} == {"g", "i", "j", "k", "l"}
    default = definition("module.exports = function make() {};", "make", "javascript")
    assert {"exported", "default_export"} <= set(default.flags)
    assert definition("export default () => 1", "default").kind == "function"
    assert "default_export" in definition("class A {}\nexport { A as default };", "A").flags


def exported(source: str, language: str = "javascript") -> tuple[set[str], bool]:
    """What a file exports beside `default`, and whether there may be names that nobody sees."""
    found = facts(source, language)
    is_open = any(d.kind == "module" and not d.qualname and "dynamic" in d.flags for d in found.definitions)
    return set(found.exports or ()) - {"default"}, is_open


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("const keys = { a: Symbol('a'), b() {} }; keys.c = 1; module.exports = keys;", {"a", "b", "c"}),
        ("function F() { function inner() {} } F.a = 1; module.exports = F;", {"a"}),
        ("F.a = function (x) {}; module.exports = F; F.b = 1; function F() {} F.prototype.m = () => 1;", {"a", "b"}),
        ("class C { static a() {} m() {} static b = 1; } module.exports = C;", {"a", "b"}),
        ("module.exports = class C { static a() {} m() {} }; module.exports.b = 1;", {"a", "b"}),
        ("module.exports = exports = { a, 'b': 1, get c() { return 1; } };", {"a", "b", "c"}),
        ("const app = module.exports = {}; app.a = function () {}; app.b = 1;", {"a", "b"}),
        ("const e = exports; e.a = 1; (() => { exports.b = 2; })();", {"a", "b"}),
        ("exports.a = exports.b = void 0; module.exports.c = module.exports.d = function () {};", {"a", "b", "c", "d"}),
        (
            "Object.defineProperty(exports, 'a', { get: f }); Object.defineProperty(module.exports, 'b', {});",
            {"a", "b"},
        ),
        ("module.exports = F; function F() {} F.default = F;", set()),
    ],
)
def test_what_commonjs_exports(source: str, names: set[str]) -> None:
    assert exported(source) == (names, False)


@pytest.mark.parametrize(
    "source",
    [
        "module.exports = Object.assign(F, { a: 1 });",
        "module.exports = merge(fn, { get a() { return 1; } });",
        "module.exports = require('x')({});",
        "module.exports = new Codes();",
        "module.exports = cond ? a : b;",
        "module.exports = unknown;",
        "module.exports = { [a]: 1 };",
        "const { x } = require('./x'); module.exports = x;",
        "const codes = make(); module.exports = codes;",
        "const codes = { a: 1 }; extend(codes); module.exports = codes;",
        "const codes = {}; for (const name of names) codes[name] = make(name); module.exports = codes;",
        "let codes = {}; codes = make(); module.exports = codes;",
        "const codes = { ...others }; module.exports = codes;",
        "class C extends D {} module.exports = C;",
        "Object.defineProperty(exports, name, {});",
        "exports.a = 1; __exportStar(require('./x'), exports);",
        "exports[name] = 1;",
        "function load() { module.exports = make(); }",
    ],
)
def test_commonjs_that_may_export_anything(source: str) -> None:
    assert exported(source)[1]


def test_commonjs_hands_on_a_module_by_its_name() -> None:
    again = ("toplevel", "reexport")
    assert ("./x", "*", "", again) in imports("const x = require('./x'); module.exports = x;", "javascript")
    assert ("./y", "*", "", again) in imports("import y = require('./y'); export = y;", "typescript")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("namespace shop { export type State = A; export const a = 1; }\nexport = shop;", {"State", "a"}),
        ("declare function f(): void;\ndeclare namespace f { export interface A {} }\nexport = f;", {"A"}),
        (
            "interface A {}\ndeclare function f(): void;\ndeclare namespace f { export { f as b, A } }\nexport = f;",
            {"A", "b"},
        ),
        ("class C { static a = 1; m() {} }\nexport = C;", {"a"}),
        ("enum E { A, B }\nexport = E;", {"A", "B"}),
        ("const table = { a: 1 };\nexport = table;", {"a"}),
    ],
)
def test_typescript_exports_a_whole(source: str, names: set[str]) -> None:
    assert exported(source, "typescript") == (names, False)
    assert exported("declare const made: Shop;\nexport = made;", "typescript")[1]
    assert exported("namespace Other {}\nexport = make();", "typescript")[1]


@pytest.mark.parametrize(
    ("source", "context"),
    [
        ("f();", "discard"),
        ("x = f();", "assign"),
        ("const [a, , b] = f();", "unpack:3"),
        ("const [a, ...b] = f();", "iterate"),
        ("const { a } = await f();", "assign await"),
        ("for (const x of f()) {}", "iterate"),
        ("for await (const x of f()) {}", "await iterate"),
        ("for (const x in f()) {}", ""),
        ("g(...f());", "iterate"),
        ("g(f());", "argument"),
        ("() => f();", "return"),
        ("if (!f()) {}", "truth"),
        ("f() && g();", "truth"),
        ("f()[0];", "subscript"),
        ("f().x;", "attribute"),
        ("f().then(g);", "attribute await"),
        ("f()();", "called"),
        ("new f();", "discard new"),
        ("f?.();", "discard guarded"),
        ("void f();", "discard"),
        ("typeof f === 'function' && f;", "guarded"),
        ("(f() as any)!.x;", "attribute"),
    ],
)
def test_how_a_value_is_used(source: str, context: str) -> None:
    assert uses(source, "f")[0].context == context


def test_receivers() -> None:
    source = "new Foo(1).y; (a.b).y; a[0].y; super.y; a?.b!.y; a\n  .b\n  .y; const { y } = use(); delete a.y;"
    receivers = [u.receiver for u in uses(source, "y", "typescript")]
    assert sorted(receivers) == sorted(["Foo()", "a.b", "?", "super()", "a.b", "a.b", "use()", "a"])


def test_scopes_hide_locals() -> None:
    source = """\
const top = 1;
{ const top = 2; top; }
for (let i = 0; i < top; i++) {}
function f(a, { b }) { const c = a; var g = () => b + c + top; function h() {} h(); return [f, g]; }
try {} catch (e) { e; }
"""
    found = [(u.name, u.line) for u in facts(source, "javascript").uses]
    assert sorted(found) == [("f", 4), ("g", 4), ("h", 4), ("top", 3), ("top", 4)]


def test_types() -> None:
    source = "function f<T extends A>(x: T, y: ns.B | typeof z): x is C<(d: D) => E> { return x as G['h']; }"
    found = {(u.name, u.receiver) for u in facts(source).uses if u.kind == "type"}
    assert found == {("A", ""), ("B", "ns"), ("ns", ""), ("z", ""), ("C", ""), ("D", ""), ("E", ""), ("G", "")}


@pytest.mark.parametrize(
    ("source", "members", "bases", "is_open"),
    [
        ("type A = { x: 1; m(): void };", {"x", "m"}, (), False),
        ("type A = B<C> & { x: 1 } & ns.D & ({ y: 2 });", {"x", "y"}, ("B", "ns.D"), False),
        ("type A = B;", set(), ("B",), False),
        ("type A = Omit<B, 'x'> & { y: 1 };", {"y"}, ("Omit",), False),
        ("type A<T> = T & { x: 1 };", {"x"}, ("T",), True),
        ("type A = B & ({ x: 1 } | { y: 1 });", set(), ("B",), True),
        ("type A = { [K in B]: C };", set(), (), True),
        ("type A = typeof b;", set(), (), True),
        ("type A = B extends C ? { x: 1 } : D;", set(), (), True),
        ("type A = { x: 1 }[];", set(), (), True),
        ("interface A extends B { x: 1; [key: string]: any }", {"x"}, ("B",), True),
        ("interface A { x: 1; [key]: any }", {"x"}, (), True),
        ("interface A { x: 1; [Symbol.iterator](): any }", {"x"}, (), False),
        ("class A { x = 1; [key: string]: any }", {"x"}, (), True),
    ],
)
def test_members_of_types(source: str, members: set[str], bases: tuple[str, ...], is_open: bool) -> None:
    found = facts(source).definitions
    assert {d.name for d in found if d.qualname.startswith("A.")} == members
    assert (found[0].bases, "dynamic" in found[0].flags) == (bases, is_open)


def test_jsx_uses_the_component() -> None:
    source = "const App = () => <Page.Body title={t}><Row {...p} /><div>{x}</div></Page.Body>;"
    found = sorted((u.kind, u.receiver, u.name) for u in facts(source, "tsx").uses)
    assert found == [
        ("attribute", "Page", "Body"), ("name", "", "Page"), ("name", "", "Row"), ("name", "", "p"), ("name", "", "t"),
        ("name", "", "x"),
    ]  # fmt: skip


def test_digests_ignore_layout_only() -> None:
    one = facts("class A { f(a, b) { return `x  ${a}`; } } // c")
    two = facts("class A {\n  // d\n  f(a,b)\n  { return `x  ${a}`;\n} }")
    three = facts("class A { f(a, b) { return `x ${a}`; } }")
    assert one.module_digest == two.module_digest != three.module_digest
    assert [d.digest for d in one.definitions] == [d.digest for d in two.definitions]


def test_broken_source_says_so_and_keeps_what_is_whole() -> None:
    found = facts("function f(a) {}\n\nlet = ) (;\n\nfunction g(b) {}\n", "javascript")
    assert found.unknown == "syntax errors"
    assert {"f", "g"} <= {d.name for d in found.definitions}


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx"])
@pytest.mark.parametrize(
    "source", [b"x = " + b"(" * 50_000 + b"f()" + b")" * 50_000, b"a => " * 5000 + b"1", b"a." * 20_000 + b"b"]
)
def test_deep_nesting_does_not_recurse(language: str, source: bytes) -> None:
    assert extract(language, source).language == language


@given(
    st.binary(max_size=100) | st.integers(0, len(SOURCE)).map(lambda n: SOURCE.encode()[:n] + SOURCE.encode()[n + 7 :]),
    st.sampled_from(["javascript", "typescript", "tsx"]),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_facts(source: bytes, language: str) -> None:
    found = extract(language, source)
    assert decode(encode(found)) == found


def test_import_rows_are_whole() -> None:
    assert facts("import a from 'b';").imports == (Import("b", "default", "a", 1, ("toplevel",)),)
