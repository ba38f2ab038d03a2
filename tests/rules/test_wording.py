"""What findings say, where it depends on what happened."""

from __future__ import annotations

from changes import GraphOf

from rao_review.policy.rules.unresolved_import import UnresolvedImport


def test_an_import_that_never_resolved_is_not_said_to_have_done_so(graph_of: GraphOf) -> None:
    graph = graph_of(
        {
            "a.js": "export { x } from './b';\nexport const y = 1;\n",
            "b.js": "export const x = 1;\n",
            "c.js": "import { x } from './a';\n",
        },
        {"a.js": "export const y = 1;\n", "d.js": "import { z } from './a';\n"},
    )
    found = {f.anchor.path: f for f in UnresolvedImport().check(graph, list(graph.change.reviewable()))}
    assert found["c.js"].title == "Import of `x` no longer resolves: `a.js` no longer has `x`"
    assert "still imports" in found["c.js"].body
    assert found["d.js"].title == "Import of `z` does not resolve: `a.js` has no `z`"
    assert "still" not in found["d.js"].body
