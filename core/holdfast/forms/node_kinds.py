"""The class of node for each kind of field."""

from dataclasses import replace

from holdfast.forms.fields import Field, Kind
from holdfast.forms.list_nodes import ListNode, TableNode
from holdfast.forms.nested_nodes import GroupNode, NestNode, TupleNode, UnionNode
from holdfast.forms.nodes import Node, PickNode, TextNode

_NODES: dict[Kind, type[Node]] = {
    Kind.BOOLEAN: PickNode,
    Kind.CHOICE: PickNode,
    Kind.MODEL: GroupNode,
    Kind.TUPLE: TupleNode,
    Kind.LIST: ListNode,
    Kind.TABLE: TableNode,
    Kind.UNION: UnionNode,
}


_DEEPEST = 24
"""The number of nested fields that are shown. Deeper ones are edited as JSON."""


def make_node(field: Field, parent: Node | None = None) -> Node:
    """Make the node that holds *field*'s state."""
    if parent is not None and parent.depth >= _DEEPEST and issubclass(_NODES.get(field.kind, TextNode), NestNode):
        field = replace(field, kind=Kind.JSON)
    return _NODES.get(field.kind, TextNode)(field, parent)
