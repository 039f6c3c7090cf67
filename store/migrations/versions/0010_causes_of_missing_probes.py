"""What was found when a probe was missed, so that whoever asks for the status is told too."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "canary", sa.Column("cause", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
