"""A probe that was refused because of the mailbox it was to reach is missing, and says why."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "canary", sa.Column("refusal", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
