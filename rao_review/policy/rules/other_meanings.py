"""What a name may mean instead of the removed definition of that name, by what each language lets it mean."""

from __future__ import annotations

import re

from rao_review.graph.facts import Import, Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef, ResolvedUse
from rao_review.graph.script_modules import SCRIPT_SUFFIXES
from rao_review.graph.table import CLASS_KINDS

_GLOBAL_OBJECTS = frozenset({"window", "globalThis", "global", "self"})
_BUILTINS = frozenset({"builtins", "__builtin__", "__builtins__", "six.moves.builtins"})
# Languages in which the files of a package see each other without an import, and a class may be spread over several.
_SHARING = frozenset({"csharp", "kotlin", "php", "ruby", "scala", "swift"})
_FOR_READERS = (".md", ".markdown", ".rst", ".txt")
_OF_FUNCTIONS = frozenset({"apply", "arguments", "bind", "call", "caller", "length", "name", "prototype", "toString"})
# Languages in which a bare name may be a member of something that is not written.
_IMPLICIT = frozenset({"kotlin", "scala"})
_UNNAMED = frozenset({"new", "object"})
C_LANGUAGES = frozenset({"c", "cpp"})
# Languages in which a bare name may be found in any file that is loaded, or around the use.
_BY_NAME = C_LANGUAGES | {"ruby"}
_DIRECTIVE = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif|define)\b")
_NEVER = re.compile(r"\s*#\s*if\s+0\b")
_LONE = re.compile(r"\b(\w+)!\s*[(\[{]\s*(\w+)\s*[)\]}]")
"""A Rust macro that is given one name and nothing more."""
_NAME_OF_TYPE = re.compile(r"[A-Z]\w*[a-z]\w*")


def means_another(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether a use at head may mean something else than the definition that is gone, or cannot mean it at all."""
    return (
        not _within_reach(graph, old, use.path)
        or _is_global(graph, old, use.use)
        or _is_of_the_page(graph, old, use)
        or _seen_elsewhere(graph, old, use)
        or _has_receiver(graph, old, use)
        or _is_left_out(graph, use)
        or _is_in_other_namespace(graph, old, use)
        or _is_word_for_macro(graph, old, use)
        or _is_parameter_of_class(graph, old, use)
        or _is_environment(graph, old)
        or _is_of_a_function(old, use.use)
        or _calls_field(old, use)
    )


def is_conditional(graph: Graph, old: DefinitionRef) -> bool:
    """Whether a C definition stands between `#if` and `#endif`: elsewhere, or in the other branch, the name may mean something else."""
    facts = graph.scope_facts(old.path, "base")
    if facts is None or facts.language not in C_LANGUAGES:
        return False
    before = graph.lines(old.path, "base")[: old.definition.start_line - 1]
    directives = [match[1] for line in before if (match := _DIRECTIVE.match(line))]
    depth = sum((word.startswith("if") - (word == "endif")) for word in directives)
    guarded = directives[:2] == ["ifndef", "define"]
    return depth > int(guarded)


def _is_global(graph: Graph, old: DefinitionRef, use: Use) -> bool:
    """Whether another file puts the name where all see it: `window.Chooser = Chooser`, `Chooser = …` where nothing declares it, in
    Python `builtins.chooser = …`."""
    if use.receiver or not old.path.endswith((*SCRIPT_SUFFIXES, ".py")):
        return False
    writes = [
        (path, m) for path, m in graph.mentions(use.name, "head") if isinstance(m, Use) and "write" in m.context.split()
    ]
    if old.path.endswith(".py"):
        return any(m.receiver in _builtin_names(graph, path) for path, m in writes)
    return any(
        m.receiver in _GLOBAL_OBJECTS or (not m.receiver and not _declares(graph, path, use.name)) for path, m in writes
    )


def _is_of_the_page(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether a bare name in a script that is no module is set beside it: by another such script, a page or a template of a script."""
    name = old.definition.qualname
    if use.use.receiver or "." in name or not old.path.endswith(SCRIPT_SUFFIXES) or not _is_plain(graph, use.path):
        return False
    alike = (d for d in graph.definitions(name, "head") if d.definition.qualname == name)
    if any("local" not in d.definition.flags and _is_plain(graph, d.path) for d in alike):
        return True
    declared = re.compile(rf"\b(?:var|let|const|function)\s+{re.escape(name)}(?![\w$])")
    pages = (path for path in graph.search(name, "head") if not path.endswith((*SCRIPT_SUFFIXES, *_FOR_READERS)))
    return any(map(declared.search, (line for path in pages for line in graph.lines(path, "head"))))


def _is_plain(graph: Graph, path: str) -> bool:
    """Whether a file is a script that neither imports nor exports: those that a page loads share what is at their top."""
    facts = graph.scope_facts(path, "head")
    if facts is None or not path.endswith(SCRIPT_SUFFIXES) or facts.imports or facts.exports:
        return False
    return not any("exported" in one.flags for one in facts.definitions)


def _builtin_names(graph: Graph, path: str) -> frozenset[str]:
    """What a Python file calls the module of the builtins."""
    facts = graph.scope_facts(path, "head")
    imports = facts.imports if facts else ()
    return _BUILTINS.union(item.alias for item in imports if item.module in _BUILTINS and not item.name)


def _declares(graph: Graph, path: str, name: str) -> bool:
    """Whether a script has a definition, an import or a variable of this name."""
    facts = graph.scope_facts(path, "head")
    if facts is None:
        return True
    bound = {item.alias for item in facts.imports} | {one.name for one in facts.bindings}
    return name in bound or bool(graph.definitions(name, "head", path))


def _seen_elsewhere(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether the use may mean a definition of the same name in another file that needs no import of it: one of the same package, of a
    class whose members the file imports, of an included header."""
    facts = graph.scope_facts(use.path, "head")
    if facts is None or facts.language not in _SHARING | C_LANGUAGES:
        return False
    stars = {item.module for item in facts.imports if item.name == "*"}
    name, bare = old.definition.name, not use.use.receiver
    names = {old.definition.qualname}
    if bare and any(_is_foreign(graph, item) for item in facts.imports):
        return True
    if bare:
        names |= {name, *(f"{module.rpartition('.')[2]}.{name}" for module in stars)}
    for found in graph.definitions(name, "head"):
        there = graph.scope_facts(found.path, "head")
        if there is None or not _are_kin(there.language, facts.language):
            continue
        if facts.language in _BY_NAME and bare:
            return True
        # Only Kotlin has one package to a file, and that in its first line.
        packages = {facts.package, "", *stars, *(module.rpartition(".")[0] for module in stars)}
        if found.definition.qualname in names and (facts.language != "kotlin" or there.package in packages):
            return True
    return False


def _is_foreign(graph: Graph, item: Import) -> bool:
    """Whether an import brings the members of a class that nothing here defines, in C#: `using static System.Math`."""
    if "static" not in item.flags:
        return False
    named = graph.definitions(item.module.rpartition(".")[2], "head")
    return not any(found.definition.kind in CLASS_KINDS for found in named)


def _has_receiver(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether a bare name in Kotlin or Scala may come from elsewhere: from the base of a class without a name, from a package of others
    that is imported as a whole, or from what the block around it is given, as all of a build script are; the old definition too was
    called on something, if it extended a type."""
    facts = graph.scope_facts(use.path, "head")
    if facts is None or facts.language not in _IMPLICIT or use.use.receiver:
        return False
    if use.path.endswith(".kts") or not _UNNAMED.isdisjoint(use.use.scope.split(".")):
        return True
    own = facts.package.split(".")[:2]
    if any(item.name == "*" and item.module.split(".")[: len(own)] != own for item in facts.imports):
        return True
    header = old.definition.signature.partition("(")[0]
    return re.search(rf"\.\s*`?{re.escape(old.definition.name)}\b", header) is not None


def _are_kin(one: str, other: str) -> bool:
    """Whether a file of one language sees what a file of the other defines: C and C++ include each other's headers."""
    return one == other or {one, other} <= C_LANGUAGES


def _is_left_out(graph: Graph, use: ResolvedUse) -> bool:
    """Whether a use in C stands between `#if 0` and the end of that branch."""
    facts = graph.scope_facts(use.path, "head")
    if facts is None or facts.language not in C_LANGUAGES:
        return False
    off: list[bool] = []
    for line in graph.lines(use.path, "head")[: use.use.line]:
        match = _DIRECTIVE.match(line)
        word = match[1] if match else ""
        if word.startswith("if"):
            off.append(_NEVER.match(line) is not None)
        elif word == "endif":
            del off[-1:]
        elif word in ("else", "elif") and off:
            off[-1] = False
    return any(off)


def _is_in_other_namespace(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether a name in Rust is a `name!` and the old definition no macro, or the other way round; or may be another macro of this name."""
    if not old.path.endswith(".rs"):
        return False
    lines = graph.lines(use.path, "head")[use.use.line - 1 : use.use.line]
    calls_macro = any(re.search(rf"\b{re.escape(use.use.name)}\s*!(?!=)", line) for line in lines)
    if not old.definition.signature.startswith("macro_rules!"):
        return calls_macro
    if any(d.definition.signature.startswith("macro_rules!") for d in graph.definitions(use.use.name, "head")):
        return True
    return not calls_macro


def _is_word_for_macro(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether a name of a type in Rust is all that a macro of others is given, and the file gives it names that nothing defines too: one
    that takes `class!(Basket)` for a word does not look for a `Basket`."""
    name, facts = old.definition.name, graph.scope_facts(use.path, "head")
    if facts is None or not old.path.endswith(".rs") or old.definition.kind not in CLASS_KINDS:
        return False
    lines = graph.lines(use.path, "head")
    taken = {m[1] for line in lines[use.use.line - 1 : use.use.line] for m in _LONE.finditer(line) if m[2] == name}
    macros = {macro for macro in taken if not graph.definitions(macro, "head")}
    given = {match[2] for line in lines for match in _LONE.finditer(line) if match[1] in macros} - {name, "Self"}
    imported = {item.alias for item in facts.imports}
    return any(_NAME_OF_TYPE.fullmatch(word) and not graph.definitions(word, "head") for word in given - imported)


def _is_parameter_of_class(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether a field is a mere parameter of its Scala class now: no field for others, but `this.name` in the class is still right."""
    owner, _, name = old.definition.qualname.rpartition(".")
    if not old.path.endswith(".scala") or use.use.receiver not in ("", "this"):
        return False
    classes = graph.definitions(owner, "head", use.path)
    return any(re.search(rf"[(,]\s*(?:\w+\s+)*{re.escape(name)}\s*:", one.definition.signature) for one in classes)


def _is_environment(graph: Graph, old: DefinitionRef) -> bool:
    """Whether a shell variable may come from the environment: it was set to more of itself, or others name it too, as a `tox.ini` or a
    workflow that sets it."""
    facts, name = graph.scope_facts(old.path, old.side), old.definition.name
    if facts is None or facts.language != "bash" or not name.isupper():
        return False
    line = "".join(graph.lines(old.path, old.side)[old.definition.line - 1 : old.definition.line])
    if re.search(rf"\b{name}=.*\${{?{name}\b", line):
        return True
    return any(path not in (old.path, graph.head_path(old.path)) for path in graph.search(name, "head"))


def _is_of_a_function(old: DefinitionRef, use: Use) -> bool:
    """Whether a script asks a class for what every function has: `Reaction.name` is no use of the `name` of a reaction."""
    holder = use.receiver.rpartition(".")[2]
    return (
        old.path.endswith(SCRIPT_SUFFIXES)
        and use.name in _OF_FUNCTIONS
        and holder.isidentifier()
        and holder[:1].isupper()
    )


def _calls_field(old: DefinitionRef, use: ResolvedUse) -> bool:
    """In Rust `value.name()` calls a method, also where the value has a field of this name."""
    return old.path.endswith(".rs") and old.definition.kind == "field" and use.use.kind == "call"


def _within_reach(graph: Graph, old: DefinitionRef, path: str) -> bool:
    """Whether a file could use the definition at all: a script keeps to itself what it does not export."""
    if not old.path.endswith(SCRIPT_SUFFIXES) or "." in old.definition.qualname or "exported" in old.definition.flags:
        return True
    return path in (old.path, graph.head_path(old.path))
