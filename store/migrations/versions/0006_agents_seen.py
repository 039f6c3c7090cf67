"""When each agent was last seen, so that the parts of one that is gone are not taken for well."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "component",
        sa.Column("seen_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
