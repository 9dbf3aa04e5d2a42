"""A job reads several uploads, in an order; the kind of an artifact may be a longer word.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(36)
jobs = sa.table("jobs", sa.column("id", ID), sa.column("upload_id", ID), sa.column("status", sa.String))
job_uploads = sa.table(
    "job_uploads", sa.column("job_id", ID), sa.column("position", sa.Integer), sa.column("upload_id", ID)
)
uploads = sa.table("uploads", sa.column("id", ID), sa.column("with_job", sa.Boolean))
artifacts = sa.table("artifacts", sa.column("name", sa.String), sa.column("kind", sa.String))

# The one word of today that the column of revision 0001 is too short for, and what that revision says instead.
OUTCOME, OUTCOME_NAME, OTHER = "operation_outcome", "operation-outcome.json", "other"
ENDED = ("completed", "failed", "cancelled")


def upgrade() -> None:
    op.create_table(
        "job_uploads",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("upload_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "position", name="pk_job_uploads"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_uploads_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="fk_job_uploads_upload_id"),
    )
    op.create_index("ix_job_uploads_upload_id", "job_uploads", ["upload_id"])
    every = sa.select(jobs.c.id, sa.literal(0), jobs.c.upload_id)
    op.execute(job_uploads.insert().from_select(["job_id", "position", "upload_id"], every))
    with op.batch_alter_table("jobs") as table:
        table.drop_index("ix_jobs_upload_id")
        table.drop_constraint("fk_jobs_upload_id", type_="foreignkey")
        table.drop_column("upload_id")
    with op.batch_alter_table("artifacts") as table:
        table.alter_column("kind", existing_type=sa.String(16), type_=sa.String(32), existing_nullable=False)
    named = (artifacts.c.name == OUTCOME_NAME) & (artifacts.c.kind == OTHER)
    op.execute(artifacts.update().where(named).values(kind=OUTCOME))


def downgrade() -> None:
    """A job keeps its first upload. Those behind it become ordinary uploads, which no job removes with itself."""
    _refuse_live_jobs_of_several()
    with op.batch_alter_table("jobs") as table:
        table.add_column(sa.Column("upload_id", ID))
    first = (job_uploads.c.job_id == jobs.c.id) & (job_uploads.c.position == 0)
    op.execute(jobs.update().values(upload_id=sa.select(job_uploads.c.upload_id).where(first).scalar_subquery()))
    further = uploads.c.id.not_in(sa.select(jobs.c.upload_id))
    op.execute(uploads.update().where(further).values(with_job=sa.false()))
    with op.batch_alter_table("jobs") as table:
        table.alter_column("upload_id", existing_type=ID, nullable=False)
        table.create_foreign_key("fk_jobs_upload_id", "uploads", ["upload_id"], ["id"])
        table.create_index("ix_jobs_upload_id", ["upload_id"])
    op.drop_table("job_uploads")
    op.execute(artifacts.update().where(artifacts.c.kind == OUTCOME).values(kind=OTHER))
    with op.batch_alter_table("artifacts") as table:
        table.alter_column("kind", existing_type=sa.String(32), type_=sa.String(16), existing_nullable=False)


def _refuse_live_jobs_of_several() -> None:
    """An older gateway would run these over their first file alone, and call that the result."""
    several = sa.select(job_uploads.c.job_id).where(job_uploads.c.position > 0)
    live = sa.select(sa.func.count()).where(jobs.c.id.in_(several), jobs.c.status.not_in(ENDED))
    if op.get_bind().execute(live).scalar_one():
        raise RuntimeError("jobs of several files are live: let them end, or cancel them, before going back to 0001")
