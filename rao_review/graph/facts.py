"""What one source file says, in a language-neutral form: the output of `languages/`, the input of the graph.

Facts are about one blob, never about a path, so they can be cached by blob id. They hold only what the file itself says;
what a name refers to is decided later, by `resolve`. A language leaves what it cannot tell empty; a wrong fact is worse
than a missing one.

Facts cross process borders and sit in the cache as bytes: see `coding`.
"""

from __future__ import annotations

import posixpath
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar

_Fact = TypeVar("_Fact", bound=tuple[Any, ...])

DefinitionKind = Literal[
    "function",
    "method",
    "class",
    "interface",
    "constant",
    "variable",
    "type",
    "field",
    "property",
    "enum",
    "enum_member",
    "module",
]
ParamKind = Literal["positional", "positional_only", "keyword_only", "variadic", "keyword_variadic"]
UseKind = Literal["call", "attribute", "name", "type", "inherit", "decorator"]


class Param(NamedTuple):
    """One parameter as written, in order. The receiver (`self`, `cls`, `this`, Go's receiver) is left out.

    `name` is '' where the language has none to say (a destructured JavaScript parameter). `optional` is true when
    a caller may leave it out (a default, `?`, TypeScript optional); always true for the variadic kinds.
    """

    name: str
    kind: ParamKind = "positional"
    optional: bool = False
    annotation: str = ""


class Definition(NamedTuple):
    """A named thing that the file defines at module, class or (for functions and classes only) nested level.

    qualname    names joined by '.', outermost first: 'Class.method'. Go methods: 'Type.Method'. A function inside a function is
                'outer.inner' and carries the flag 'local'. Rust/C++/Ruby paths use '.' too.
    line        where the name stands; `start_line`..`end_line` is the whole extent with decorators and doc comment excluded
                (decorators included, comments not).
    params      None when it is not callable or its parameters cannot be told. For a class: the parameters of its constructor when the
                file says so (an `__init__`, a `constructor`, dataclass/NamedTuple fields, a Java constructor when there is only one),
                else None.
    flags       any of: async, generator, static, classmethod, property, abstract, exported, default_export, local, conditional
                (defined inside if/try), overload (one of several with the same qualname), dataclass, enum, final, override, private,
                deprecated, entry (a framework may call it: decorated, test, main, magic method, annotated), reexported,
                instance (a field that a method makes: `self.x = …`), dynamic (names may appear in this class, or in the module, that
                nobody sees in the source: `__getattr__`, `setattr(self, …)`, `globals()`, a metaclass, computed members, object spread).
                A dynamic module is a definition of kind 'module' with the empty qualname.
                ambient (TypeScript's `declare`: something else makes it, when it is there at run time).
    bases       as written: 'Base', 'pkg.Base'; type arguments removed.
    decorators  as written without '@' and arguments: 'functools.wraps'. Java annotations and Rust attributes too.
    returns     the shape of what it gives back, from its return statements (nested functions left out): '' unknown, 'none' (never
                returns a value), 'value', 'tuple:N' (every return is a literal tuple of N), 'list' , 'dict', 'generator',
                'mixed' (some returns give a value, some nothing; or tuples of different size). Go: 'tuple:N' from the result list.
                Falling off the end of a function that elsewhere returns a value counts as nothing only when a bare return or explicit
                None says so.
    annotation  declared return type (functions) or type (fields, constants, variables), as written.
    signature   the header as written on its first source line(s), white space folded, without the body: proof text.
    digest      12 hex digits over the tokens of the whole extent, comments and layout left out: equal digest = unchanged.
    body_digest the same, but with the definition's own name left out, so a renamed or moved copy is recognised.
    """

    name: str
    qualname: str
    kind: DefinitionKind
    line: int
    start_line: int
    end_line: int
    params: tuple[Param, ...] | None = None
    flags: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    returns: str = ""
    annotation: str = ""
    signature: str = ""
    digest: str = ""
    body_digest: str = ""


class Arguments(NamedTuple):
    """The shape of a call's arguments. `keywords` are names given by keyword. `star`/`double_star`: `*a`, `...a` / `**k` present,
    so the count is a lower bound."""

    positional: int
    keywords: tuple[str, ...] = ()
    star: bool = False
    double_star: bool = False


class Use(NamedTuple):
    """A name used. Definitions' own names, parameters and keywords of the language are not uses; imports are `Import`s.

    name      the last identifier: `c` in `a.b.c(…)`.
    receiver  what stands before it, as written: 'a.b', 'self', 'super()', '' when nothing does, '?' when it is a longer expression
              (a call, an index) - except a plain constructor or class call, kept as 'Foo()'. JavaScript `new Foo()` is a call of
              `Foo` with context containing 'new', `super(…)` one of 'constructor' with receiver 'super()'. Go/Rust/C++ package
              paths use '.' too.
    scope     qualname of the enclosing definition, '' at module level.
    context   how the value is used: any of: await, new, unpack:N, iterate, discard (the whole statement), subscript, truth (condition),
              write (assigned to), delete, guarded (inside try/except of AttributeError/ImportError/NameError or hasattr), type (only in
              a type).
              Python and JavaScript further say: argument (of a call), assign (to one name or attribute), attribute (an attribute of it is
              taken), called (its value is called at once), return, with (the value of a `with`), expected (Python only: inside
              `with pytest.raises(…)` and its like: a test wants it to fail). `async with`, `async for` and
              `.then(` count as await, `yield from` and `*x` as iterate. sep by ' ', sorted; '' when nothing is known.
    """

    name: str
    kind: UseKind
    line: int
    receiver: str = ""
    scope: str = ""
    arguments: Arguments | None = None
    context: str = ""
    end_line: int = 0


class Import(NamedTuple):
    """One imported name. `import a.b` → module 'a.b', name ''; `from a import b as c` → module 'a', name 'b', alias 'c'.

    `module` as written: Python relative imports keep their dots ('..pkg'), JavaScript keeps './x'; Rust `use a::b` → module 'a', name 'b',
    and in `mod tests { … }` the path that the file around would write, none for what it has of that file;
    Java `import a.B` → module 'a', name 'B'; C `#include "x.h"` → module 'x.h', name ''. `alias` is the local name bound ('' when none:
    side-effect import, star). `name` '*' for a star import; 'default' for a JavaScript default import.
    flags: toplevel (runs when the module is loaded), type_only, guarded (inside try with an except for ImportError),
    reexport (`export … from`, `pub use`), static (C#'s `using static`: the members of a class), dynamic (`import()`, `require` not at
    top), member (`const { a } = require('x')`: a name that is not there is undefined, which fails only where it is used).
    """

    module: str
    name: str
    alias: str
    line: int
    flags: tuple[str, ...] = ()

    @property
    def is_star(self) -> bool:
        """Whether it takes all names of the module, and gives the module no name."""
        return self.name == "*" and not self.alias

    @property
    def words(self) -> frozenset[str]:
        """The words under which it is found; see `import_words`."""
        return import_words(self.module, self.name, self.alias)


class Binding(NamedTuple):
    """What is known of a local name's class: `x = Foo(…)` → ('x', 'Foo()'), parameter or variable annotation `x: Foo` → ('x', 'Foo'),
    `self.y = Foo()` → ('self.y', 'Foo()'), `with Foo() as x`, Go `x := Foo{}` → ('x', 'Foo'), Java `Foo x`.

    `value` is 'Foo' for a known type, 'Foo()' for the result of calling Foo (which is a type only if Foo is a class), in Go and
    Python also 'a.b' for what that attribute holds.
    A name bound twice to different values in one scope has several bindings; then the class is unknown.
    Anything else that is bound (parameters, loop variables, assignments) is a Binding with value '' — it shadows outer names.
    """

    name: str
    value: str
    scope: str
    line: int


class Bindings(Sequence[Binding]):
    """Bindings that can be asked for one name without a look at all."""

    __slots__ = ()

    @abstractmethod
    def of(self, name: str) -> Sequence[tuple[str, str]]:
        """(value, scope) of each binding of a name, in order."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Everything the graph knows of one blob.

    exports   names in `__all__`, in `export {…}` lists, as exported names; None when the file does not say.
    unknown   '' or why part of the file is unknown ('syntax errors', 'over 2 MB', 'parser timed out', …): then absence proves nothing.
    package   the package or namespace the file declares (Go, Java, Kotlin, C#, PHP, Scala), else ''.
    module_digest  12 hex digits over the tokens of the whole file, comments and layout left out: equal = only comments or layout changed.
    """

    language: str
    definitions: tuple[Definition, ...] = ()
    uses: tuple[Use, ...] = ()
    imports: tuple[Import, ...] = ()
    bindings: Sequence[Binding] = ()
    exports: tuple[str, ...] | None = None
    unknown: str = ""
    package: str = ""
    module_digest: str = ""

    def bound(self, name: str) -> Sequence[tuple[str, str]]:
        """(value, scope) of each binding of a name, in order."""
        if isinstance(self.bindings, Bindings):
            return self.bindings.of(name)
        return [(binding.value, binding.scope) for binding in self.bindings if binding.name == name]


_NO_WORDS = frozenset(("", "*"))


def import_words(module: str, name: str, alias: str) -> frozenset[str]:
    """The words under which an import is found: the name, its local name, and the last part of the module."""
    last = posixpath.splitext(posixpath.basename(module))[0] if "/" in module else module.rpartition(".")[2]
    return frozenset((name, alias, last)) - _NO_WORDS


@dataclass(frozen=True, slots=True)
class Columns:
    """The facts of a file on their way from a walk to bytes: `rest` without definitions, uses and bindings, and of these a column of
    values for each field, in the order of the fields (no column at all when there are none)."""

    rest: FileFacts
    definitions: Sequence[Sequence[Any]] = ()
    uses: Sequence[Sequence[Any]] = ()
    bindings: Sequence[Sequence[Any]] = ()

    @classmethod
    def of(cls, facts: FileFacts) -> Columns:
        rest = replace(facts, definitions=(), uses=(), bindings=())
        return cls(rest, *(_taken_apart(items) for items in (facts.definitions, facts.uses, facts.bindings)))

    def facts(self) -> FileFacts:
        return replace(
            self.rest,
            definitions=_put_together(Definition, self.definitions),
            uses=_put_together(Use, self.uses),
            bindings=_put_together(Binding, self.bindings),
        )


def _taken_apart(items: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
    return [*zip(*items, strict=True)]


def _put_together(kind: type[_Fact], columns: Sequence[Sequence[Any]]) -> tuple[_Fact, ...]:
    return filled(kind, zip(*columns, strict=True))


def filled(kind: type[_Fact], rows: Iterable[Iterable[Any]]) -> tuple[_Fact, ...]:
    """Facts of one kind from their values, in the order of the fields. A file has tens of thousands, so they are made in C."""
    return tuple(map(partial(tuple.__new__, kind), rows))
