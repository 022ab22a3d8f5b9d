"""official results keep what they showed

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Results made official before kept no names: those of today are the nearest there are.
NAMED = """
UPDATE official_rows SET
  name = (SELECT accounts.name FROM registrations
          JOIN accounts ON accounts.id = registrations.account_id
          WHERE registrations.id = official_rows.registration_id),
  unit_name = (SELECT units.name FROM registrations
               JOIN units ON units.id = registrations.unit_id
               WHERE registrations.id = official_rows.registration_id)
"""
HANDED_IN = """
UPDATE attempts SET handed_in_as =
  (SELECT accounts.name FROM accounts WHERE accounts.id = attempts.account_id)
WHERE handed_in_at IS NOT NULL
"""


def upgrade() -> None:
    with op.batch_alter_table("official_rows", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("unit_name", sa.String(length=200), nullable=True))
    op.execute(NAMED)
    with op.batch_alter_table("official_rows", schema=None) as batch_op:
        batch_op.alter_column("name", existing_type=sa.String(length=120), nullable=False)
        batch_op.alter_column("unit_name", existing_type=sa.String(length=200), nullable=False)
    op.add_column("attempts", sa.Column("handed_in_as", sa.String(length=120), nullable=True))
    op.execute(HANDED_IN)


def downgrade() -> None:
    op.drop_column("attempts", "handed_in_as")
    with op.batch_alter_table("official_rows", schema=None) as batch_op:
        batch_op.drop_column("unit_name")
        batch_op.drop_column("name")
