"""Uploads, jobs, events, artifacts, idempotency keys.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("file_name", sa.String(1024), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("received_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("blob_key", sa.String(255), nullable=False),
        sa.Column("with_job", sa.Boolean, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("operation", sa.String(16), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("output_format", sa.String(16), nullable=False),
        sa.Column("upload_id", sa.String(36), nullable=False),
        sa.Column("file_name", sa.String(1024), nullable=False),
        sa.Column("input_bytes", sa.BigInteger, nullable=False),
        sa.Column("input_sha256", sa.String(64), nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("start_time", TIME),
        sa.Column("end_time", TIME),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("last_event_id", sa.BigInteger, nullable=False),
        sa.Column("progress", sa.Text),
        sa.Column("progress_time", TIME),
        sa.Column("summary", sa.Text),
        *_error(),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="fk_jobs_upload_id"),
    )
    op.create_index("ix_jobs_create_time_id", "jobs", ["create_time", "id"])
    op.create_index("ix_jobs_status_create_time", "jobs", ["status", "create_time"])
    op.create_index("ix_jobs_upload_id", "jobs", ["upload_id"])
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("progress", sa.Text),
        sa.Column("summary", sa.Text),
        *_error(),
        sa.PrimaryKeyConstraint("job_id", "id", name="pk_job_events"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_events_job_id", ondelete="CASCADE"),
    )
    op.create_table(
        "artifacts",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("blob_key", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "name", name="pk_artifacts"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_artifacts_job_id", ondelete="CASCADE"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("resource_id", sa.String(36), nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_resource_id", "idempotency_keys", ["resource_id"])


def downgrade() -> None:
    for table in ("idempotency_keys", "artifacts", "job_events", "jobs", "uploads"):
        op.drop_table(table)


def _error() -> list[sa.Column[str]]:
    return [
        sa.Column("error_code", sa.String(64), nullable=False),
        sa.Column("error_reason", sa.String(128), nullable=False),
        sa.Column("error_message", sa.Text, nullable=False),
    ]
