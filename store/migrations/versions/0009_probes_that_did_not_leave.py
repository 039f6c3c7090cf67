"""The first probe of a way that did not leave is kept: since then no probe could."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "canary",
        sa.Column("has_left", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
