"""Alembic's entry: works on the connection and the metadata that core/schema.py hands over."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from contest.core.db import UTCDateTime


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types by their names, so that a migration reads like the models."""
    if kind != "type" or not isinstance(item, UTCDateTime | sa.JSON):
        return False
    name = "UTCDateTime()" if isinstance(item, UTCDateTime) else "Json"
    autogen.imports.add(f"from contest.core.db import {name.removesuffix('()')}")
    return name


config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    render_as_batch=True,
    render_item=render_item,
    transaction_per_migration=False,
)
context.run_migrations()
