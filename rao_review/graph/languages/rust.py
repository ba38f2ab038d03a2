"""Rust: modules, functions, types, traits and impls; `use` trees; items and names inside macro calls."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node, Parser, Range

from rao_review.graph.facts import Columns
from rao_review.graph.languages.declarative import Reader
from rao_review.graph.languages.syntax import Draft, grammar
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, part, path_of
from rao_review.graph.languages.walker import Frame, Table, Walker, Work, listed

_RUST = Vocabulary(
    defines={
        "mod_item": Defines("module"),
        "function_item": Defines("function", member="method", params="parameters", result="return_type"),
        "function_signature_item": Defines("function", member="method", params="parameters", result="return_type"),
        "struct_item": Defines("class"),
        "union_item": Defines("class"),
        "enum_item": Defines("enum"),
        "enum_variant": Defines("enum_member"),
        "trait_item": Defines("interface"),
        "field_declaration": Defines("field", result="type"),
        "const_item": Defines("constant", result="type"),
        "static_item": Defines("variable", result="type"),
        "type_item": Defines("type"),
        "associated_type": Defines("type"),
        "macro_definition": Defines("function"),
    },
    names=frozenset({"identifier"}),
    types=frozenset({"type_identifier"}),
    members={
        "field_expression": ("value", "field"),
        "scoped_identifier": ("path", "name"),
        "scoped_type_identifier": ("path", "name"),
    },
    calls={"call_expression": ("", "function", "arguments")},
    wrappers={"generic_function": "function", "generic_type": "type", "generic_type_with_turbofish": "type"},
    parameters={"parameter": "positional", "variadic_parameter": "variadic"},
    lists=frozenset({"arguments"}),
    bases=frozenset({"trait_bounds"}),
    binds={
        "let_declaration": ("pattern",),
        "for_expression": ("pattern",),
        "let_condition": ("pattern",),
        "match_arm": ("pattern",),
        "closure_parameters": ("*",),
    },
    nothing=frozenset(
        {
            "line_comment",
            "block_comment",
            "string_literal",
            "raw_string_literal",
            "char_literal",
            "lifetime",
            "self",
            "crate",
            "super",
        }
        | {"primitive_type", "shorthand_field_identifier", "field_identifier", "macro_rule"}
    ),
    generics=frozenset({"type_parameters"}),
    universe=frozenset({"Self", "self", "Some", "None", "Ok", "Err"}),
    plain=frozenset(
        {"derive", "allow", "cfg", "inline", "must_use", "doc", "deprecated", "non_exhaustive", "cold", "warn", "repr"}
    ),
)
_READER = Reader(_RUST)
_GRAMMAR = "tree_sitter_rust"
_ITEMS = "items"
"""The context of a macro, or of tokens of one, where items may stand."""
_FREE = "free"
"""The context of tokens that a macro for items may take for anything: a word of `custom_keyword!(level)` is no use of a `level`."""
_KEYWORDS = {
    "struct": "struct_item", "enum": "enum_item", "trait": "trait_item", "mod": "mod_item", "fn": "function_item",
    "type": "type_item", "const": "const_item", "static": "static_item", "ref": "static_item",
}  # fmt: skip
_ITEM_KINDS = frozenset(_RUST.defines) | {"impl_item", "use_declaration", "attribute_item", "inner_attribute_item", "macro_invocation"} | {
    "extern_crate_declaration", "foreign_mod_item", "empty_statement"
}  # fmt: skip
_TELLING = re.compile(rf"\b(?:{'|'.join(_KEYWORDS)}|impl|use|union|macro_rules|extern)\b")
_DEFINING_NOTHING = frozenset(
    {"assert", "compile_error", "debug_assert", "eprintln", "include_str", "print", "println", "thread_local"}
)
_DEFINING_WHAT_THEY_SAY = frozenset({"bitflags", "cfg_if", "lazy_static", "thread_local"})
"""Macros that define what the words of items in their bodies name, and nothing more."""
_HOLDERS = frozenset({"class", "enum", "interface", "module"})
_MOST_READ_AGAIN = 4
"""Bodies of macros are read as items as long as that is not more than so many times the file."""


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Rust file; never raises on its content."""
    return _TABLE.extract(source, language)


def _items(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """Attributes stand before the item that they decorate."""
    work: list[Work] = []
    decorators = ""
    for child in node.named_children:
        if child.type == "attribute_item":
            attribute = part(child, "attribute")
            name = part(attribute, "0") if attribute is not None else None
            path = path_of(walker, name)
            if attribute is not None and name is not None and path:
                decorators += f" @{path}"
                receiver, _, _ = path.rpartition(".")
                walker.use(part(name, "name") or name, "decorator", frame, receiver)
                work += [(below, frame, "") for below in attribute.named_children[1:]]
        elif not child.type.endswith("comment"):
            macro = part(child, "macro_invocation") if child.type == "expression_statement" else child
            is_macro = macro is not None and macro.type == "macro_invocation"
            work.append((macro, frame, _ITEMS) if is_macro and macro is not None else (child, frame, decorators))
            decorators = ""
    return work


def _impl(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """Methods belong to the type; the trait is a use, for the type may be defined elsewhere."""
    kind, trait = part(node, "type"), part(node, "trait")
    path = path_of(walker, kind)
    inner = Frame(frame.qualify(path), frame, owner=frame.qualify(path), place="class") if path else frame
    work = listed(inner, part(node, "type_parameters"), kind, part(node, "body"))
    if trait is not None:
        receiver, name, below = _READER.target(walker, trait)
        if name is not None:
            walker.use(name, "inherit", inner, receiver)
        work += [(child, inner, "") for child in below]
    return work


def _use(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`use a::{b, c::d as e, f::*}`: one import for each leaf."""
    flags = ("reexport",) if node.named_children and node.named_children[0].type == "visibility_modifier" else ()
    tree = part(node, "argument")
    pending: list[tuple[Node, str]] = [] if tree is None else [(tree, "")]
    while pending:
        item, prefix = pending.pop()
        if item.type == "scoped_use_list":
            prefix = ".".join(filter(None, (prefix, path_of(walker, part(item, "path")))))
            item = part(item, "list") or item
        if item.type == "use_list":
            pending += [
                (child, prefix) for child in reversed(item.named_children) if not child.type.endswith("comment")
            ]
            continue
        target = (
            part(item, "path")
            if item.type == "use_as_clause"
            else part(item, "0")
            if item.type == "use_wildcard"
            else item
        )
        path = _from_the_file(frame, ".".join(filter(None, (prefix, path_of(walker, target)))))
        if item.type == "use_wildcard":
            if path != "self":  # what an inline module takes from around it is seen without that
                add_import(walker, item, path, "*", "", *flags)
            continue
        module, _, name = path.removesuffix(".self").rpartition(".")
        alias = walker.text(part(item, "alias")) if item.type == "use_as_clause" else name
        if name and not (module == "self" and name == alias and _inline_modules(frame)):
            add_import(walker, item, module, name, alias if alias != "_" else "", *flags)
    return ()


def _from_the_file(frame: Frame, path: str) -> str:
    """A path as the module of the file would write it: in an inline module of it, `super` is the file itself, 'self'."""
    inline = _inline_modules(frame)
    first, *rest = path.split(".")
    if not inline or first not in ("self", "super"):
        return path
    while first == "super" and inline:
        inline.pop()
        first = rest.pop(0) if rest and rest[0] == "super" else "self"
    return ".".join((first, *inline, *rest))


def _inline_modules(frame: Frame) -> list[str]:
    """The names of the modules with a body around a frame, outermost first."""
    scopes: set[str] = set()
    around: Frame | None = frame
    while around is not None:
        scopes |= {around.scope} if around.place == "module" else set()
        around = around.outer
    return [scope.rpartition(".")[2] for scope in sorted(scopes - {""}, key=len)]


def _macro(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A macro's arguments are only tokens: an identifier behind a dot or `::` is a member of something unknown.
    Where items stand, `cfg_net! { pub struct Socket; }` most often defines what its body says."""
    macro = part(node, "macro")
    if macro is not None:
        walker.use(macro, "call", frame, "", "discard" if context == "discard" else "")
    given = context if context == _ITEMS else ""
    if given and _name_of_macro(walker, node) not in _DEFINING_NOTHING and not _says_items(walker, node):
        _make_dynamic(walker, node, frame)
        given = _FREE
    return [(child, frame, given) for child in node.named_children if child != macro]


def _name_of_macro(walker: Walker, node: Node) -> str:
    """The last name of its path: 'custom_keyword' of `syn::custom_keyword!(level)`."""
    return walker.text(part(node, "macro")).rpartition(":")[2]


def _says_items(walker: Walker, node: Node) -> bool:
    """Whether the body of a macro that stands for items has the words of items in it: else it may define anything."""
    tree = part(node, "token_tree")
    if tree is None or tree.children[0].type != "{":
        return False
    return _TELLING.search(walker.text(tree)) is not None


def _make_dynamic(walker: Walker, node: Node, frame: Frame) -> None:
    """Marks what holds the node, the file or a definition read before, as one that may have more names than are seen."""
    held = [d for d in walker.found.drafts if d.qualname == frame.scope and d.kind in _HOLDERS]
    for draft in held:
        draft.flags.add("dynamic")
    if not held and not frame.scope:
        start, end = node.start_byte, node.end_byte
        walker.found.drafts.append(Draft("", "", "module", start, start, end, start, start, flags={"dynamic"}))


def _tokens(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    may_define = context == _ITEMS and node.children[0].type == "{"
    items = _as_items(walker, node) if may_define else None
    if items is not None:
        return [(items, frame, "")]
    macro = node.parent
    is_body = may_define and macro is not None and macro.type == "macro_invocation"
    if is_body and macro is not None and _name_of_macro(walker, macro) not in _DEFINING_WHAT_THEY_SAY:
        _make_dynamic(walker, node, frame)  # what is not Rust as it stands may become anything
    before = ""
    inner, given = frame, _ITEMS if may_define else _FREE if context == _FREE else ""
    work: list[Work] = []
    for child in node.children:
        if child.type == "identifier":
            member = before in (".", "::")
            if may_define and before in _KEYWORDS and frame.place != "function":
                inner, given = _loose_item(walker, node, child, _KEYWORDS[before], frame)
            elif before in _KEYWORDS and frame.place == "function":
                walker.bind(frame, child, "", child.start_byte)  # `lazy_static! { static ref A: … }`
            elif child.next_sibling is not None and child.next_sibling.type == ":":
                pass  # a field
            elif member or not frame.shadows(walker.text(child), child.start_byte):
                walker.use(child, "name", frame, "?" if member or context == _FREE else "")
        elif child.type == "token_tree":
            work.append((child, inner, given))
        elif child.type == "impl":
            given = ""
        before = walker.text(child) if child.type == "identifier" else child.type
        if may_define and (before == ";" or (before == "token_tree" and child.children[0].type == "{")):
            inner, given = frame, _ITEMS
    return work


def _as_items(walker: Walker, tree: Node) -> Node | None:
    """The body of a macro parsed once more, as the items of a file; None when it is something else."""
    walker.read_again += tree.end_byte - tree.start_byte
    if walker.read_again > _MOST_READ_AGAIN * len(walker.source.raw):
        return None
    (first, left), (last, right) = tree.start_point, tree.end_point
    parser = Parser(grammar(_GRAMMAR))
    parser.included_ranges = [Range((first, left + 1), (last, right - 1), tree.start_byte + 1, tree.end_byte - 1)]
    root = parser.parse(walker.source.raw).root_node
    items = [child for child in root.named_children if not child.type.endswith("comment")]
    known = all(child.type in _ITEM_KINDS or part(child, "macro_invocation") is not None for child in items)
    return root if items and known and not root.has_error else None


def _loose_item(walker: Walker, tree: Node, name: Node, kind: str, frame: Frame) -> tuple[Frame, str]:
    """Defines what a keyword names in a body that is not Rust as it stands: `static ref A: …`, `struct F: u32 { const A = 1; }`.

    Gives the frame and the context of its own tokens.
    """
    later = [child for child in tree.children if child.start_byte >= name.end_byte]
    body = next((c for c in later if c.type == ";" or (c.type == "token_tree" and c.children[0].type == "{")), None)
    end, header_end = (body.end_byte, body.start_byte) if body is not None else (name.end_byte, name.end_byte)
    defines = _RUST.defines[kind]
    member = defines.member if frame.place == "class" else None
    draft = Draft(
        walker.text(name), frame.qualify(walker.text(name)), member or defines.kind, name.start_byte, name.start_byte, end,
        name.start_byte, header_end,
    )  # fmt: skip
    walker.found.drafts.append(draft)
    if draft.kind not in _HOLDERS:
        return Frame(draft.qualname, frame), ""
    draft.flags.add("dynamic")  # the macro writes more than it was given
    return Frame(
        draft.qualname, frame, owner=draft.qualname, place="module" if draft.kind == "module" else "class"
    ), _ITEMS


_TABLE = Table(
    _GRAMMAR,
    _READER.handlers(
        {
            "source_file": _items,
            "declaration_list": _items,
            "field_declaration_list": _items,
            "enum_variant_list": _items,
            "impl_item": _impl,
            "use_declaration": _use,
            "macro_invocation": _macro,
            "token_tree": _tokens,
        }
    ),
)
