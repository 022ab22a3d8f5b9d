"""files kept from the jury

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Until now the jury's text hid every document of its entry; those stay hidden until somebody looks.
BEFORE = "Lời bài cho giám khảo đã thay tài liệu này."


def upgrade() -> None:
    with op.batch_alter_table("entry_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withheld", sa.String(length=500), nullable=True))
    covered = sa.text(
        "UPDATE entry_files SET withheld = :before WHERE what = 'document' AND entry_id IN "
        "(SELECT id FROM entries WHERE redacted IS NOT NULL)"
    )
    op.execute(covered.bindparams(before=BEFORE))


def downgrade() -> None:
    with op.batch_alter_table("entry_files", schema=None) as batch_op:
        batch_op.drop_column("withheld")
