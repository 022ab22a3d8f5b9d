"""languages of entries and judges

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from contest.core.db import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("languages", Json, server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("jury_languages", Json, server_default="[]", nullable=False))
    with op.batch_alter_table("panelists", schema=None) as batch_op:
        batch_op.add_column(sa.Column("languages", Json, server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("panelists", schema=None) as batch_op:
        batch_op.drop_column("languages")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_column("jury_languages")
        batch_op.drop_column("languages")
