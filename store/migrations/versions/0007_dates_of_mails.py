"""When the mailbox got each mail, so that another mail under its UID is known for another."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("internal_date", sa.BigInteger(), nullable=True))
