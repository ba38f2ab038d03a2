"""Python facts against snippets counted by hand. The same extraction was compared with `ast` on large projects."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rao_review.graph.coding import encode
from rao_review.graph.decoding import decode
from rao_review.graph.facts import Arguments, Binding, Definition, FileFacts, Import, Param, Use
from rao_review.graph.languages import extract, language_of


def facts(source: str) -> FileFacts:
    return extract("python", source.encode())


def definition(source: str, qualname: str) -> Definition:
    (found,) = [d for d in facts(source).definitions if d.qualname == qualname]
    return found


def uses(source: str, name: str) -> list[Use]:
    return [use for use in facts(source).uses if use.name == name]


def contexts(source: str, name: str) -> list[str]:
    return [use.context for use in uses(source, name)]


SOURCE = '''\
from __future__ import annotations
import os.path, json as j
from . import sibling
from ..pkg.mod import one as uno, two
from stars import *

LIMIT: int = 3
names = []

def outer(a, b=1, /, c: str = "x", *rest, d, e=2, **more) -> list[int]:
    """Doc."""
    helper = make(a)
    def inner(x):
        return names, x
    return inner(helper.size)

@registered("shop", kind=2)
class Cart(base.Base[int], metaclass=ABCMeta):
    total = 0

    def __init__(self, owner: Owner, *, size=1):
        self.owner = owner
        self.items = Items()

    @property
    def full(self):
        return self.items.count(self.total) > LIMIT

    @staticmethod
    def of(owner):
        yield Cart(owner, **{})
'''


def test_definitions() -> None:
    found = {d.qualname: (d.kind, d.line, d.start_line, d.end_line, d.flags) for d in facts(SOURCE).definitions}
    assert found == {
        "LIMIT": ("constant", 7, 7, 7, ()),
        "names": ("variable", 8, 8, 8, ()),
        "outer": ("function", 10, 10, 15, ()),
        "outer.inner": ("function", 13, 13, 14, ("local",)),
        "Cart": ("class", 18, 17, 31, ("abstract", "entry")),
        "Cart.total": ("field", 19, 19, 19, ()),
        "Cart.__init__": ("method", 21, 21, 23, ("entry",)),
        "Cart.owner": ("field", 22, 22, 22, ("instance",)),
        "Cart.items": ("field", 23, 23, 23, ("instance",)),
        "Cart.full": ("property", 26, 25, 27, ("property",)),
        "Cart.of": ("method", 30, 29, 31, ("generator", "static")),
    }


def test_parameters_have_kinds_and_lose_the_receiver() -> None:
    outer = definition(SOURCE, "outer")
    assert outer.params == (
        Param("a", "positional_only"),
        Param("b", "positional_only", True),
        Param("c", "positional", True, "str"),
        Param("rest", "variadic", True),
        Param("d", "keyword_only"),
        Param("e", "keyword_only", True),
        Param("more", "keyword_variadic", True),
    )
    assert (outer.annotation, outer.returns) == ("list[int]", "value")
    assert outer.signature == 'def outer(a, b=1, /, c: str = "x", *rest, d, e=2, **more) -> list[int]:'
    cart = definition(SOURCE, "Cart")
    assert cart.params == (Param("owner", "positional", False, "Owner"), Param("size", "keyword_only", True))
    assert (cart.bases, cart.decorators) == (("base.Base",), ("registered",))
    assert definition(SOURCE, "Cart.of").params == (Param("owner"),)


def test_imports() -> None:
    top = ("toplevel",)
    assert facts(SOURCE).imports == (
        Import("__future__", "annotations", "annotations", 1, top),
        Import("os.path", "", "os", 2, top),
        Import("json", "", "j", 2, top),
        Import(".", "sibling", "sibling", 3, top),
        Import("..pkg.mod", "one", "uno", 4, top),
        Import("..pkg.mod", "two", "two", 4, top),
        Import("stars", "*", "", 5, top),
    )


def test_uses_leave_out_locals() -> None:
    found = {(u.line, u.kind, u.receiver, u.name, u.scope, u.context) for u in facts(SOURCE).uses if u.line > 9}
    assert found == {
        (10, "type", "", "str", "", "type"),
        (10, "type", "", "list", "", "type"),
        (10, "type", "", "int", "", "type"),
        (12, "call", "", "make", "outer", "assign"),
        (14, "name", "", "names", "outer.inner", ""),
        (15, "call", "", "inner", "outer", "return"),
        (15, "attribute", "helper", "size", "outer", "argument"),
        (17, "decorator", "", "registered", "", ""),
        (18, "inherit", "base", "Base", "", ""),
        (18, "name", "", "base", "", "attribute"),
        (18, "type", "", "int", "", "type"),
        (18, "name", "", "ABCMeta", "", ""),
        (21, "type", "", "Owner", "Cart", "type"),
        (22, "attribute", "self", "owner", "Cart.__init__", "write"),
        (23, "attribute", "self", "items", "Cart.__init__", "write"),
        (23, "call", "", "Items", "Cart.__init__", "assign"),
        (25, "decorator", "", "property", "Cart", ""),
        (27, "attribute", "self", "items", "Cart.full", "attribute"),
        (27, "call", "self.items", "count", "Cart.full", ""),
        (27, "attribute", "self", "total", "Cart.full", "argument"),
        (27, "name", "", "LIMIT", "Cart.full", ""),
        (29, "decorator", "", "staticmethod", "Cart", ""),
        (31, "call", "", "Cart", "Cart.of", ""),
    }


def test_bindings() -> None:
    found = facts(SOURCE).bindings
    assert Binding("helper", "make()", "outer", 12) in found
    assert Binding("self.items", "Items()", "Cart.__init__", 23) in found
    assert Binding("self.owner", "Owner", "Cart.__init__", 22) in found
    assert Binding("c", "str", "outer", 10) in found
    assert not [b for b in found if b.name == "inner"]


def test_argument_shapes() -> None:
    shapes = [u.arguments for u in uses("f(1, *a, k=2, **d)\nf()\nf(x for x in y)\nf(a, # one\n  b)", "f")]
    assert shapes == [Arguments(1, ("k",), True, True), Arguments(0), Arguments(1), Arguments(2)]


@pytest.mark.parametrize(
    ("source", "context"),
    [
        ("f()", "discard"),
        ("x = f()", "assign"),
        ("a, (b, c) = f()", "unpack:2"),
        ("a, *b = f()", "iterate"),
        ("a, b = await f()", "await unpack:2"),
        ("async def g():\n    async with f(): pass", "await with"),
        ("for a, b in f(): pass", "iterate"),
        ("[x async for x in f()]", "await iterate"),
        ("def g():\n    yield from f()", "iterate"),
        ("def g():\n    return f()", "return"),
        ("g(k=f())", "argument"),
        ("if not f(): pass", "truth"),
        ("assert f()", "truth"),
        ("f()[0]", "subscript"),
        ("f().x", "attribute"),
        ("f()()", "called"),
        ("x = f() if y else 2", "assign"),
        ("with f() as (a, b): pass", "with"),
        ("try:\n    f()\nexcept (AttributeError, KeyError): pass", "discard guarded"),
        ("try:\n    f()\nexcept KeyError: pass", "discard"),
        ("with pytest.raises(TypeError):\n    f()", "discard expected guarded"),
        ("if hasattr(x, 'y'):\n    f()", "discard guarded"),
    ],
)
def test_how_a_value_is_used(source: str, context: str) -> None:
    assert contexts(source, "f") == [context]


def test_written_deleted_and_named_attributes() -> None:
    assert contexts("x.y = 1\nx.y += 1\nx.y[0] = 1\ndel x.y", "y") == ["write", "write", "subscript write", "delete"]
    assert contexts("getattr(x, 'y')\ngetattr(x, 'y', 0)\nsetattr(a.b, 'y', 1)", "y") == ["", "guarded", "write"]
    assert [u.receiver for u in uses("Foo(1).y\n(a.b).y\na[0].y\nsuper().y\n[*a.y]", "y")] == [
        "Foo()",
        "a.b",
        "?",
        "super()",
        "a",
    ]


@pytest.mark.parametrize(
    ("body", "returns"),
    [
        ("return 1, 2", "tuple:2"),
        ("if x:\n        return (1, 2)\n    return a, b", "tuple:2"),
        ("if x:\n        return 1, 2\n    return 1, 2, 3", "mixed"),
        ("if x:\n        return\n    return 1", "mixed"),
        ("return None if x else 1", "mixed"),
        ("x()", "none"),
        ("return []", "list"),
        ("return {k: v for k, v in x}", "dict"),
        ("return 1, *x", "value"),
        ("yield 1", "generator"),
        ("def g(): return 1", "none"),
        ("raise NotImplementedError", ""),
        ('"""Doc."""\n    ...', ""),
    ],
)
def test_shape_of_what_a_function_returns(body: str, returns: str) -> None:
    assert definition(f"def f(x):\n    {body}\n", "f").returns == returns


RECORDS = """\
@dataclass
class Plain:
    a: int
    b: str = "x"
    c: list = field(default_factory=list)
    d: int = field(init=False)
    e: ClassVar[int] = 3
    _: KW_ONLY
    f: int

@dataclass
class Child(Plain):
    g: int

@dataclass(kw_only=True)
class Keywords:
    a: int

@define
class Attrs:
    _a: int
    b = attr.ib(default=1)

class Row(NamedTuple):
    a: int
    b: int = 0

class Model(BaseModel):
    a: int
    b: int | None
    c: int = Field(...)
    d: int = Field(3)

class Bare: pass

class Meta(metaclass=Registry): pass

class Color(IntEnum):
    RED = 1
    _hidden = 2
"""


def test_constructors_of_records() -> None:
    found = {d.qualname: d.params for d in facts(RECORDS).definitions if d.kind in ("class", "enum")}

    def names(qualname: str) -> list[tuple[str, str, bool]] | None:
        params = found[qualname]
        return None if params is None else [(p.name, p.kind, p.optional) for p in params]

    assert names("Plain") == [
        ("a", "positional", False), ("b", "positional", True), ("c", "positional", True), ("f", "keyword_only", False),
    ]  # fmt: skip
    assert names("Child") is None
    assert names("Keywords") == [("a", "keyword_only", False)]
    assert names("Attrs") == [("b", "positional", True)]
    assert names("Row") == [("a", "positional", False), ("b", "positional", True)]
    assert names("Model") == [
        ("a", "keyword_only", False), ("b", "keyword_only", True), ("c", "keyword_only", False), ("d", "keyword_only", True),
        ("", "keyword_variadic", True),
    ]  # fmt: skip
    assert names("Bare") == []
    assert names("Meta") is None
    kinds = {d.qualname: d.kind for d in facts(RECORDS).definitions}
    assert (kinds["Color"], kinds["Color.RED"], kinds["Color._hidden"]) == ("enum", "enum_member", "field")


def test_regions_of_imports() -> None:
    source = """\
if TYPE_CHECKING:
    import a
try:
    import b
except ImportError:
    b = None
def f():
    import c
    importlib.import_module("d.e")
if __name__ == "__main__":
    import g
"""
    flags = {(i.module, i.flags) for i in facts(source).imports}
    assert flags == {("a", ("type_only",)), ("b", ("toplevel", "guarded")), ("c", ()), ("d.e", ("dynamic",)), ("g", ())}


def test_exports_and_dynamic_names() -> None:
    assert facts("__all__ = ['a', 'b']\n__all__ += ['c']\ndef a(): pass").exports == ("a", "b", "c")
    assert facts("__all__ = names()").exports is None
    assert "exported" in definition("__all__ = ['a']\ndef a(): pass", "a").flags
    assert "dynamic" in definition("class A:\n    def __getattr__(self, name): pass", "A").flags
    for opening in (
        "__getattr__ = lazy(__name__)",
        "from .lazy import load as __getattr__",
        "__getattr__: Loader = load",
    ):
        assert [d.kind for d in facts(opening).definitions if "dynamic" in d.flags] == ["module"]
        assert "dynamic" in definition(f"class A:\n    {opening}", "A").flags
    assert not [d for d in facts("def f():\n    __getattr__ = 1").definitions if "dynamic" in d.flags]
    assert "dynamic" in definition("class A:\n    def f(self, k):\n        setattr(self, k, 1)", "A").flags
    assert definition("def __getattr__(name): pass", "").kind == "module"
    assert not [d for d in facts("def f(): return locals()").definitions if "dynamic" in d.flags]


def test_scopes() -> None:
    assert [u.line for u in uses("[x for x in y]\nx", "x")] == [2]
    assert uses("def f():\n    for x in y: x\n    lambda: x", "x") == []
    assert contexts("def f():\n    global x\n    x = 1", "x") == ["write"]
    assert len(uses("def f():\n    import x\n    x.y", "x")) == 1
    assert len(uses("def f(x):\n    def g():\n        import x\n        return x", "x")) == 1
    assert uses("def g(a):\n    match a:\n        case B(c=d, e=[*f]): d, f", "d") == []
    assert [u.kind for u in uses("def f[T](x: T) -> T: pass", "T")] == []


LAYOUT = "class A:\n    def f(self, a, b):\n        if a:\n            return b\n        return 'x  y'\n"


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (
            "# c\nclass A: # d\n\n  def f(self,a,\n     b):\n    # e\n    if a :\n        return b\n\n    return 'x  y' # f\n    # g\n",
            True,
        ),
        (LAYOUT.replace("\n", "\r\n"), True),
        (LAYOUT.replace("        return 'x", "            return 'x"), False),
        (LAYOUT.replace("'x  y'", "'x y'"), False),
        (LAYOUT.replace("return b", "returnb"), False),
        (LAYOUT.replace("a, b", "b, a"), False),
    ],
)
def test_digests_ignore_layout_only(changed: str, same: bool) -> None:
    before, after = facts(LAYOUT), facts(changed)
    assert (before.module_digest == after.module_digest) is same
    assert (before.definitions[0].digest == after.definitions[0].digest) is same


def test_body_digest_survives_a_new_name() -> None:
    old, new = definition("def f(x): return f(x - 1)", "f"), definition("def gg(x): return gg(x - 1)", "gg")
    assert old.body_digest == new.body_digest
    assert old.digest != new.digest


def test_body_digest_leaves_out_whole_names_only() -> None:
    old, new = definition("def ab(): return abab, xab, ab", "ab"), definition("def cd(): return cdcd, xcd, cd", "cd")
    assert old.body_digest != new.body_digest
    assert (
        definition("def ab(): return abab", "ab").body_digest != definition("def cd(): return cdcd", "cd").body_digest
    )


def test_names_outside_ascii_and_bad_bytes() -> None:
    found = extract("python", "größe = 1\nπ.τ(ß=1)  # ü".encode() + b"\n'\xff'.join(x)\n")
    assert [d.name for d in found.definitions] == ["größe"]
    assert [(u.receiver, u.name) for u in found.uses if u.kind == "call"] == [("π", "τ"), ("?", "join")]
    assert next(u for u in found.uses if u.name == "τ").arguments == Arguments(0, ("ß",))


def test_broken_source_says_so_and_keeps_what_is_whole() -> None:
    found = facts("def f(a): pass\n\n)(\n\ndef g(b): pass\n")
    assert found.unknown == "syntax errors"
    assert {"f", "g"} <= {d.name for d in found.definitions}
    assert facts("def f(): pass").unknown == ""


@pytest.mark.parametrize(
    "source", [b"x = " + b"(" * 50_000 + b"f()" + b")" * 50_000, b"lambda: " * 5000, b"[" * 50_000]
)
def test_deep_nesting_does_not_recurse(source: bytes) -> None:
    assert extract("python", source).language == "python"


@given(
    st.binary(max_size=300) | st.integers(0, len(SOURCE)).map(lambda n: SOURCE.encode()[:n] + SOURCE.encode()[n + 7 :])
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_facts(source: bytes) -> None:
    found = extract("python", source)
    assert decode(encode(found)) == found


def test_agrees_with_ast_on_this_very_file() -> None:
    """The independent reader of Python: every function and class, with its lines, and every attribute call."""
    text = Path(__file__).read_text()
    nodes = list(ast.walk(ast.parse(text)))
    functions = {(n.name, n.end_lineno) for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    calls = [
        (n.func.attr, n.end_lineno) for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    ]
    found = facts(text)
    assert {(d.name, d.end_line) for d in found.definitions if d.kind in ("function", "class")} == functions
    ours = [(u.name, u.end_line) for u in found.uses if u.kind == "call" and u.receiver]
    decorators = [(u.name, u.end_line) for u in found.uses if u.kind == "decorator" and u.receiver]
    assert sorted(ours + decorators) == sorted(calls)


@pytest.mark.parametrize(
    ("path", "first", "language"),
    [
        ("a/b.py", b"", "python"),
        ("a/b.PYI", b"", "python"),
        ("bin/tool", b"#!/usr/bin/env -S python3.12 -u\n", "python"),
        ("bin/tool", b"#! /bin/bash\n", "bash"),
        ("SConstruct", b"", "python"),
        ("a.d.ts", b"", "typescript"),
        ("a.tsx", b"", "tsx"),
        ("README", b"hello", None),
        ("data.json", b"#!/bin/sh", None),
    ],
)
def test_language_of_a_path(path: str, first: bytes, language: str | None) -> None:
    assert language_of(path, first) == language


def test_type_parameters_are_bound_in_the_order_in_which_they_are_written() -> None:
    bound = facts("def f[Zeta, Alpha, *Mid, Beta](): ...\n").bindings
    assert [one.name for one in bound] == ["Zeta", "Alpha", "Mid", "Beta"]


def test_calls_that_a_test_expects_to_fail() -> None:
    source = """
with pytest.raises(ShopError):
    buy(basket)
with self.assertRaises(ValueError), open(name) as file:
    shop.buy(basket, file=file)
with pytest.warns(UserWarning):
    kept = buy(basket)
with open(name):
    buy(basket)
"""
    assert contexts(source, "buy") == ["discard expected", "discard expected", "assign expected", "discard"]


def test_a_required_field_of_a_model_has_no_default() -> None:
    source = """
class Order(BaseModel):
    price: float = ...
    owner: Optional[str] = Required
    size: int = Field(Required)
    kind: str = "new"
    note: Optional[str]
"""
    params = definition(source, "Order").params or ()
    assert [p.name for p in params if not p.optional] == ["price", "owner", "size"]
    for name, known in (("field_validator", True), ("validator", False), ("validates_all", False), ("plain", True)):
        method = f"    @{name}('price')\n    def check(cls, value): pass\n"
        assert (definition(source + method, "Order").params is not None) == known, name
