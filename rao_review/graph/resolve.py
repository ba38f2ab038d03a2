"""Where a name leads, on one side of the change: scopes, imports, re-exports, classes and their bases.

A use resolves to a *chain* of places, in the order in which the language would look: the first that is defined wins. The chain
also names places that define nothing (any more), which is how a stale use is found: the removed definition's place is in its
chain and no place of the chain is defined. What cannot be followed makes the resolution `open`: then nothing follows from absence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rao_review.graph.facts import Definition, FileFacts, Import
from rao_review.graph.imports import DEPTH, Imports
from rao_review.graph.modules import SCRIPT_LANGUAGES, Modules
from rao_review.graph.places import UNKNOWN, Place, Resolution
from rao_review.graph.predeclared import PREDECLARED
from rao_review.graph.table import CLASS_KINDS

_SELF = frozenset({"self", "cls", "this"})
_PLAIN = re.compile(r"[A-Za-z_$][\w$.]*(\(\))?\Z")
_OPTIONAL = re.compile(
    r"(?:typing\.)?Optional\[([\w.]+)\]\Z|([\w.]+) ?\| ?None\Z|None ?\| ?([\w.]+)\Z|([\w.]+) ?\| ?(?:null|undefined)\Z"
)
_FIRST_RESULT = re.compile(r"\((?:\w+ )?([\w.*]+)[,)]")
_ALONE = frozenset({"python"}) | SCRIPT_LANGUAGES
"""Languages in which a file must import what it takes from another."""
CLASS_SCOPED = frozenset({"java", "csharp", "kotlin", "scala", "swift"})
_UNIVERSAL = frozenset({"object", "Object", "ABC", "abc.ABC", "Protocol", "Generic", "typing.Protocol", "typing.Generic", "NamedTuple"}) | {
    "Enum", "enum.Enum", "IntEnum", "enum.IntEnum", "StrEnum", "enum.StrEnum", "Exception", "ValueError", "RuntimeError", "TypeError"
}  # fmt: skip


class Resolver(Imports):
    """Name look-up over the facts of one tree.

    The arguments are those of `Places`.
    """

    def __init__(
        self,
        facts: Callable[[str], FileFacts | None],
        modules: Modules,
        others: Modules,
        other_facts: Callable[[str], FileFacts | None],
    ) -> None:
        super().__init__(facts, modules, others, other_facts)
        self._memo: dict[tuple[str, str, str, str], Resolution] = {}
        self._owner_memo: dict[tuple[str, str, str], list[Place]] = {}
        self._chains: dict[Place, tuple[list[tuple[str, Definition]], bool]] = {}

    # ── entry points ─────────────────────────────────────────────────────────────────────────────────────

    def resolve(self, path: str, name: str, receiver: str, scope: str) -> Resolution:
        """Where `receiver.name` leads when written in `scope` of `path`."""
        key = (path, name, receiver, scope)
        found = self._memo.get(key)
        if found is None:
            self._memo[key] = UNKNOWN  # a cycle of bindings or re-exports ends here
            found = self._memo[key] = self._resolve(path, name, receiver, scope)
        return found

    def stays(self, path: str, name: str) -> bool:
        """Whether a bare name can only mean something in its own file: nothing imports it there, and the language has no other way."""
        facts, table = self._facts(path), self._table(path)
        if facts is None or table is None or facts.language not in _ALONE:
            return False
        return name not in table.imports and not table.stars

    def class_chain(self, place: Place) -> tuple[list[tuple[str, Definition]], bool]:
        """The classes from `place` up through its bases, nearest first, and whether a base could not be followed."""
        chain = self._chains.get(place)
        if chain is None:
            chain = self._chains[place] = self._bases(place)
        return chain

    def _bases(self, place: Place) -> tuple[list[tuple[str, Definition]], bool]:
        found: list[tuple[str, Definition]] = []
        is_open = False
        seen: set[tuple[str, str, int]] = set()
        queue = list(self.definitions(place))
        while queue:
            path, definition = queue.pop(0)
            key = (path, definition.qualname, definition.start_line if definition.kind == "interface" else 0)
            if key in seen or len(seen) > 64:
                continue
            seen.add(key)
            if definition.kind not in CLASS_KINDS:
                is_open = True
                continue
            found.append((path, definition))
            scope = definition.qualname.rpartition(".")[0]
            for base in definition.bases:
                if base in _UNIVERSAL:
                    continue
                receiver, _, name = base.rpartition(".")
                targets = [t for p in self.resolve(path, name, receiver, scope).chain for t in self.definitions(p)]
                is_open = is_open or not targets
                queue += [t for t in targets if t is targets[0] or _is_same_interface(t, targets[0])]
        return found, is_open

    # ── the look-up ──────────────────────────────────────────────────────────────────────────────────────

    def _resolve(self, path: str, name: str, receiver: str, scope: str) -> Resolution:
        if not receiver:
            return self._bare(path, name, scope)
        key = (path, receiver, scope)
        owners = self._owner_memo.get(key)
        if owners is None:
            owners = self._owner_memo[key] = self._owners(path, receiver, scope, 0)
        chain: list[Place] = []
        is_open = not owners
        for owner in owners:
            member = self._member(owner, name, 0)
            chain += member.chain
            is_open = is_open or member.open
        return Resolution(tuple(dict.fromkeys(chain)), is_open)

    def _bare(self, path: str, name: str, scope: str) -> Resolution:
        facts, table = self._facts(path), self._table(path)
        if facts is None or table is None:
            return UNKNOWN
        if facts.language == "python" and table.is_class(scope):
            own = Place((path,), f"{scope}.{name}")
            if own.qualname in table.by_qualname:
                return Resolution((own,))
            if table.binds(own.qualname):
                return UNKNOWN
            outside = self._bare(path, name, scope.rpartition(".")[0])
            return Resolution((own, *outside.chain), outside.open, outside.via)
        for outer in _scopes(scope):
            inner = f"{outer}.{name}"
            held = table.by_qualname.get(outer)
            in_class = held is not None and bool(held) and held[0].kind in CLASS_KINDS
            if in_class and facts.language in CLASS_SCOPED:
                member = self._class_member(Place((path,), outer), name, 0)
                if any(self.definitions(p) for p in member.chain):
                    return member
            elif inner in table.by_qualname and not in_class:
                return Resolution((Place((path,), inner),))
            if not in_class and table.values(outer, name) is not None and not table.imports_as(name):
                return UNKNOWN
        for item in table.imports.get(name, ()):
            return self._outright(facts.language, path, item)
        chain = [Place(self._peers(facts.language, path), name)]
        is_open = name in PREDECLARED.get(facts.language, ())
        if facts.language == "java":
            peers = (file for file in chain[0].files if file.endswith(f"/{name}.java"))
            is_open = is_open or any(map(self._is_rewritten, peers))
            if facts.package and not self.definitions(chain[0]):
                elsewhere = tuple(self._modules.java_classes(facts.package, name))
                chain += [Place(elsewhere, name)] if len(elsewhere) == 1 else []
                is_open = is_open or len(elsewhere) > 1
        if facts.language in CLASS_SCOPED and scope:
            member = self._class_member(Place((path,), scope.split(".")[0]), name, 0)
            chain = [*member.chain, *chain]
            # A class hardly ever takes its name from a class inside a base.
            is_open = is_open or (member.open and not (facts.language == "java" and _is_class_name(name)))
            if facts.language != "java":
                return Resolution(tuple(chain), is_open)
        if name not in table.by_qualname:
            for star in table.stars:
                via = self._imported(facts.language, path, Import(star.module, name, name, star.line, star.flags), 0)
                chain += via.chain
                is_open = is_open or ((via.open or not via.chain) and not self._had(path, star))
        return Resolution(tuple(chain), is_open)

    def _owners(self, path: str, receiver: str, scope: str, depth: int) -> list[Place]:
        """What stands before the dot: modules (empty qualname) or classes (of which it is an instance, or itself)."""
        if depth > DEPTH or receiver == "?" or not receiver:
            return []
        table = self._table(path)
        if table is None:
            return []
        head, *rest = receiver.split(".")
        own_class = next((s for s in _scopes(scope) if table.is_class(s)), None)
        if head in _SELF and own_class is not None:
            owners = [Place((path,), own_class)]
        elif head == "super()" and own_class is not None:
            classes, is_open = self.class_chain(Place((path,), own_class))
            return [] if is_open else [Place((p,), d.qualname) for p, d in classes[1:2]]
        else:
            owners, rest = self._named_owner(path, head, rest, scope, depth)
        for part in rest:
            owners = [o for owner in owners for o in self._through(owner, part, depth)]
        return owners

    def _named_owner(
        self, path: str, head: str, rest: list[str], scope: str, depth: int
    ) -> tuple[list[Place], list[str]]:
        table = self._table(path)
        assert table is not None
        for outer in [*_scopes(scope), ""]:
            values = table.values(outer, head)
            if values is not None and not (outer == "" and head in table.imports):
                return (self._type(path, values[0], scope, depth + 1) if len(values) == 1 else []), rest
        if head not in table.imports:
            modules = [i for i in table.plain if i.module == head or i.module.startswith(head + ".")]
            if modules:
                return self._dotted_module(path, [head, *rest], modules)
        if head.endswith("()"):
            return self._type(path, head, scope, depth + 1), rest
        return [o for place in self._bare(path, head, scope).chain for o in self._as_owner(place, depth)], rest

    def _dotted_module(self, path: str, parts: list[str], modules: list[Import]) -> tuple[list[Place], list[str]]:
        """`import a.b` binds `a`: the longest imported module that the dotted receiver begins with."""
        for count in range(len(parts), 0, -1):
            wanted = ".".join(parts[:count])
            if any(i.module == wanted or i.module.startswith(wanted + ".") for i in modules):
                files = self._files("python", path, wanted)
                return ([Place(files, "")] if files else []), parts[count:]
        return [], []

    def _as_owner(self, place: Place, depth: int) -> list[Place]:
        """A place as the owner of members: a module, a class, or the class of the variable defined there."""
        if not place.qualname:
            return [place]
        owners: list[Place] = []
        for path, definition in self.definitions(place)[:1]:
            if definition.kind in CLASS_KINDS or definition.kind == "module":
                owners.append(Place((path,), definition.qualname))
            elif definition.kind in ("variable", "constant", "field", "property"):
                owner, _, name = definition.qualname.rpartition(".")
                table = self._table(path)
                values = (table.values(owner, name) or ()) if table else ()
                value = definition.annotation or (values[0] if len(values) == 1 else "")
                members = table is not None and any(q.startswith(definition.qualname + ".") for q in table.by_qualname)
                owners += (
                    [Place((path,), definition.qualname)] if members else self._type(path, value, owner, depth + 1)
                )
        return owners

    def _through(self, owner: Place, part: str, depth: int) -> list[Place]:
        """The owner that `owner.part` is, or what it gives where `part` is called: 'Foo()'."""
        if part.endswith("()"):
            chain = self._member(owner, part.removesuffix("()"), depth).chain
            return [o for place in chain for o in self._made(place, depth, called=True)]
        if owner.qualname:
            for path, cls in self.class_chain(owner)[0]:
                table = self._table(path)
                values = table.attribute(cls.qualname, part) if table else ()
                if len(values) == 1:
                    return self._type(path, values[0], cls.qualname, depth + 1)
        return [o for place in self._member(owner, part, depth).chain for o in self._as_owner(place, depth + 1)]

    def _member(self, owner: Place, name: str, depth: int) -> Resolution:
        if owner.qualname:
            return self._class_member(owner, name, depth)
        language = self._language(owner)
        if (
            language == "python"
            and owner.files
            and owner.files[0].endswith("/__init__.py")
            and not self._holds(owner.files, name)
        ):
            stem = owner.files[0][: -len("__init__.py")] + name
            for path in (stem + ".py", stem + "/__init__.py"):
                if self._modules_has(path):
                    return Resolution((Place((path,), ""),))
        chain, is_open = self._follow(language, Place(owner.files, name), depth, set())
        return Resolution(tuple(chain), is_open)

    def _class_member(self, owner: Place, name: str, depth: int) -> Resolution:
        """`name` in a class: its own place, then its bases', up to and with the first that defines it."""
        classes, is_open = self.class_chain(owner)
        chain: list[Place] = []
        for path, cls in classes:
            files = self._peers("go", path) if path.endswith(".go") else (path,)
            place = Place(files, f"{cls.qualname}.{name}")
            chain.append(place)
            table = self._table(path)
            if self.definitions(place):
                return Resolution(tuple(chain), False)
            if table is not None and table.dynamic(cls.qualname):
                is_open = True
        return Resolution(tuple(chain) or (Place(owner.files, f"{owner.qualname}.{name}"),), is_open or not classes)

    def _made(self, place: Place, depth: int, *, called: bool) -> list[Place]:
        """The class at a place, or the one that the function there gives when it is called."""
        for path, definition in self.definitions(place)[:1] if depth <= DEPTH else ():
            if definition.kind in CLASS_KINDS:
                return [Place((path,), definition.qualname)]
            if called and definition.kind in ("function", "method") and "async" not in definition.flags:
                return self._type(path, definition.annotation, definition.qualname, depth + 1)
        return []

    def _type(self, path: str, value: str, scope: str, depth: int) -> list[Place]:
        """The class that a binding's value names."""
        value = value.strip().strip("\"'")
        if match := _FIRST_RESULT.match(value):  # Go's `(*Foo, error)`: the first name of several is bound to it
            value = match[1]
        value = value.lstrip("*&")
        if match := _OPTIONAL.match(value):
            value = next(g for g in match.groups() if g)
        if depth > DEPTH or not _PLAIN.match(value):
            return []
        called = value.endswith("()")
        receiver, _, name = value.removesuffix("()").rpartition(".")
        owners: list[Place] = []
        for place in self.resolve(path, name, receiver, scope).chain:
            owners += self._made(place, depth, called=called)
        return owners or ([] if called or not receiver else self._owners(path, value, scope, depth + 1))


def _is_same_interface(one: tuple[str, Definition], other: tuple[str, Definition]) -> bool:
    """Whether one of two declarations is an interface that adds to the other: TypeScript merges those of a name."""
    return one[1].kind == "interface" and (one[0], one[1].qualname) == (other[0], other[1].qualname)


def _is_class_name(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()


def _scopes(scope: str) -> Iterator[str]:
    """'a.b.c' → 'a.b.c', 'a.b', 'a'."""
    while scope:
        yield scope
        scope = scope.rpartition(".")[0]
