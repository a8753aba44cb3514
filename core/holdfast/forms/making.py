"""Which kind of node holds which kind of field."""

from holdfast.forms.lists import ListNode, TableNode
from holdfast.forms.nests import GroupNode, TupleNode, UnionNode
from holdfast.forms.nodes import Node, PickNode, TextNode
from holdfast.forms.schema import Field, Kind

_NODES: dict[Kind, type[Node]] = {
    Kind.BOOLEAN: PickNode,
    Kind.CHOICE: PickNode,
    Kind.MODEL: GroupNode,
    Kind.TUPLE: TupleNode,
    Kind.LIST: ListNode,
    Kind.TABLE: TableNode,
    Kind.UNION: UnionNode,
}


def make_node(field: Field, parent: Node | None = None) -> Node:
    """The node that holds *field*'s state."""
    return _NODES.get(field.kind, TextNode)(field, parent)
