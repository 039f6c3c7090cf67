"""The stretch of a channel that was lost before it was read, so that it is not taken for heard."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("lost_from", "lost_to"):
        op.add_column("channel", sa.Column(name, sa.BigInteger(), nullable=True))
