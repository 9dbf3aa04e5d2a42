"""Lists of jobs: an index for each way to filter them, in the order in which they are told.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Without them a list of few jobs among a million others would read the others too.
NEW = {
    "ix_jobs_status_create_time_id": ["status", "create_time", "id"],
    "ix_jobs_operation_create_time_id": ["operation", "create_time", "id"],
    "ix_jobs_operation_status_create_time_id": ["operation", "status", "create_time", "id"],
}


def upgrade() -> None:
    for name, columns in NEW.items():
        op.create_index(name, "jobs", columns)
    op.drop_index("ix_jobs_status_create_time", "jobs")


def downgrade() -> None:
    op.create_index("ix_jobs_status_create_time", "jobs", ["status", "create_time"])
    for name in NEW:
        op.drop_index(name, "jobs")
