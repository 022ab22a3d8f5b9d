"""official results keep what they showed

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from contest.core.db import UTCDateTime

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
JUDGED = """
UPDATE result_lines SET
  name = (SELECT accounts.name FROM entries
          JOIN registrations ON registrations.id = entries.registration_id
          JOIN accounts ON accounts.id = registrations.account_id
          WHERE entries.id = result_lines.entry_id),
  unit_name = (SELECT units.name FROM entries
               JOIN registrations ON registrations.id = entries.registration_id
               JOIN units ON units.id = registrations.unit_id
               WHERE entries.id = result_lines.entry_id)
"""
HANDED_IN = """
UPDATE attempts SET handed_in_as =
  (SELECT accounts.name FROM accounts WHERE accounts.id = attempts.account_id)
WHERE handed_in_at IS NOT NULL
"""
# Units by the official rows of today, with the headcounts and targets of today: for the owner's
# part of the tree, or for all of its tree when people came from outside that part.
SPANS = """
SELECT boards.code, boards.contest_id, boards.official_at, units.path
FROM boards
JOIN contests ON contests.id = boards.contest_id
JOIN units ON units.id = contests.unit_id
WHERE boards.revision > 0 ORDER BY boards.id
"""
OUTSIDE = """
SELECT count(*) FROM registrations JOIN units ON units.id = registrations.unit_id
WHERE registrations.contest_id = :contest_id AND units.path NOT LIKE :path || '%'
"""
UNITS = """
INSERT INTO official_units (result_id, unit_id, position, name, headcount, target_people,
                            people, tries, points)
SELECT unit_results.id, units.id, row_number() OVER (ORDER BY units.name_key, units.id),
       units.name, units.headcount, unit_targets.people,
       coalesce(own.people, 0), coalesce(own.tries, 0), coalesce(own.points, 0)
FROM unit_results
JOIN units ON true
LEFT JOIN unit_targets ON unit_targets.unit_id = units.id
     AND unit_targets.contest_id = unit_results.contest_id
LEFT JOIN (
    SELECT registrations.unit_id, count(*) AS people, sum(official_rows.tries) AS tries,
           sum(official_rows.points) AS points
    FROM boards
    JOIN official_rows ON official_rows.board_id = boards.id
         AND official_rows.revision = boards.revision
    JOIN registrations ON registrations.id = official_rows.registration_id
    WHERE substr(boards.code, 1, :length) = :head
    GROUP BY registrations.unit_id
) own ON own.unit_id = units.id
WHERE unit_results.code = :code
  AND (units.path LIKE :path || '%' OR own.people > 0)
"""
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table, filling in (("official_rows", NAMED), ("result_lines", JUDGED)):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("name", sa.String(length=120), nullable=True))
            batch_op.add_column(sa.Column("unit_name", sa.String(length=200), nullable=True))
        op.execute(filling)
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("name", existing_type=sa.String(length=120), nullable=False)
            batch_op.alter_column("unit_name", existing_type=sa.String(length=200), nullable=False)
    op.add_column("attempts", sa.Column("handed_in_as", sa.String(length=120), nullable=True))
    op.execute(HANDED_IN)
    op.create_table(
        "unit_results",
        sa.Column("id", Id, nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("contest_id", Id, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contests.id"], name=op.f("fk_unit_results_contest_id_contests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_results")),
        sa.UniqueConstraint("code", "no", name=op.f("uq_unit_results_code_no")),
    )
    op.create_table(
        "official_units",
        sa.Column("result_id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("target_people", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("points", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["unit_results.id"],
            name=op.f("fk_official_units_result_id_unit_results"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_official_units_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("result_id", "unit_id", name=op.f("pk_official_units")),
    )
    _keep_units()


def _keep_units() -> None:
    connection = op.get_bind()
    spans: dict[str, tuple[int, object, str]] = {}
    for code, contest_id, at, path in connection.execute(sa.text(SPANS)):
        spans.setdefault(code.rpartition("/")[0], (contest_id, at, path))
    write = sa.text(
        "INSERT INTO unit_results (code, no, contest_id, at, reason) "
        "VALUES (:code, 1, :contest_id, :at, '')"
    )
    for code, (contest_id, at, path) in spans.items():
        facts = {"contest_id": contest_id, "path": path}
        connection.execute(write, {"code": code, "contest_id": contest_id, "at": at})
        if connection.scalar(sa.text(OUTSIDE), facts):
            path = f"/{path.split('/')[1]}/"
        connection.execute(
            sa.text(UNITS),
            {"code": code, "path": path, "head": f"{code}/", "length": len(code) + 1},
        )


def downgrade() -> None:
    op.drop_table("official_units")
    op.drop_table("unit_results")
    op.drop_column("attempts", "handed_in_as")
    for table in ("result_lines", "official_rows"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("unit_name")
            batch_op.drop_column("name")
