"""An upload is a list of parts, with a fence for its writer; a job knows the attempts that a retry forgave.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID, KEY = sa.String(36), sa.String(255)
uploads = sa.table(
    "uploads",
    sa.column("id", ID),
    sa.column("size_bytes", sa.BigInteger),
    sa.column("complete", sa.Boolean),
    sa.column("blob_key", KEY),
)
upload_parts = sa.table(
    "upload_parts",
    sa.column("upload_id", ID),
    sa.column("start", sa.BigInteger),
    sa.column("size_bytes", sa.BigInteger),
    sa.column("blob_key", KEY),
)


def upgrade() -> None:
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", ID, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("blob_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "start", name="pk_upload_parts"),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="fk_upload_parts_upload_id", ondelete="CASCADE"),
    )
    op.create_index("ix_upload_parts_blob_key", "upload_parts", ["blob_key"])
    whole = sa.select(uploads.c.id, sa.literal(0), uploads.c.size_bytes, uploads.c.blob_key).where(uploads.c.complete)
    op.execute(upload_parts.insert().from_select(["upload_id", "start", "size_bytes", "blob_key"], whole))
    with op.batch_alter_table("uploads") as table:
        table.drop_column("blob_key")
        table.add_column(sa.Column("writer", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("expected_sha256", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("expire_time", sa.DateTime(timezone=True)))
        table.create_index("ix_uploads_expire_time", ["expire_time"])
        table.create_index("ix_uploads_create_time", ["create_time"])
    with op.batch_alter_table("jobs") as table:
        table.add_column(sa.Column("attempts_forgiven", sa.Integer, nullable=False, server_default="0"))
        table.create_index("ix_jobs_end_time", ["end_time"])


def downgrade() -> None:
    """A complete upload of one part keeps its bytes; revision 0002 knows no others."""
    _refuse_uploads_of_several_parts()
    with op.batch_alter_table("jobs") as table:
        table.drop_index("ix_jobs_end_time")
        table.drop_column("attempts_forgiven")
    with op.batch_alter_table("uploads") as table:
        table.drop_index("ix_uploads_create_time")
        table.drop_index("ix_uploads_expire_time")
        table.drop_column("expire_time")
        table.drop_column("expected_sha256")
        table.drop_column("writer")
        table.add_column(sa.Column("blob_key", KEY, nullable=False, server_default=""))
    first = sa.select(upload_parts.c.blob_key).where(upload_parts.c.upload_id == uploads.c.id).scalar_subquery()
    op.execute(uploads.update().where(uploads.c.complete).values(blob_key=first))
    with op.batch_alter_table("uploads") as table:
        table.alter_column("blob_key", existing_type=KEY, existing_nullable=False, server_default=None)
    op.drop_table("upload_parts")


def _refuse_uploads_of_several_parts() -> None:
    """An older gateway reads one blob an upload: it would take the first part for the whole."""
    several = sa.select(sa.func.count()).select_from(upload_parts).where(upload_parts.c.start > 0)
    parts = op.get_bind().execute(several).scalar_one()
    begun = sa.select(sa.func.count()).select_from(upload_parts.join(uploads, uploads.c.id == upload_parts.c.upload_id))
    if parts or op.get_bind().execute(begun.where(uploads.c.complete.is_(False))).scalar_one():
        raise RuntimeError("uploads of several parts are there: remove them and their jobs before going back to 0002")
