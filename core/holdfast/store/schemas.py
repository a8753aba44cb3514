"""Storing JSON Schemas: each one once, however many rows refer to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from holdfast.store.door import Connection
from holdfast.store.expressions import InsertIfNew
from holdfast.store.statement import Statement
from holdfast.store.tables import json_schema

_INSERT = Statement(InsertIfNew(json_schema, ("digest", "body")))


def save_schema(connection: Connection, schema: Mapping[str, Any]) -> str:
    """Store a schema, and return the digest by which rows refer to it."""
    body = json.dumps(schema)
    digest = hashlib.sha256(body.encode()).hexdigest()[:32]
    _INSERT.run(connection, digest=digest, body=body)
    return digest
