"""Storing JSON Schemas: each once, however many refer to it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from holdfast.store.sqlite import dialect
from holdfast.store.statement import Statement
from holdfast.store.tables import json_schema

_INSERT = Statement(dialect.insert_if_new(json_schema, ("digest", "body")))


def save_schema(connection: sqlite3.Connection, schema: Mapping[str, Any]) -> str:
    """Store a schema, and say by what it is referred to."""
    body = json.dumps(schema)
    digest = hashlib.sha256(body.encode()).hexdigest()[:32]
    _INSERT.run(connection, digest=digest, body=body)
    return digest
