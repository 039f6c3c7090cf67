"""When a channel that was put off is tried next, so that whoever asks for the status is told."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channel", sa.Column("next_try_at", sa.BigInteger(), nullable=True))
