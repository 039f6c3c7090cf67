"""Evidence may suppress an address, and mail from it lifts that again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipient", sa.Column("cleared_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "suppression",
        sa.Column("automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "ground",
        sa.Column("suppression_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["suppression_id"], ["suppression.id"], name=op.f("fk_ground_suppression_id")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_ground_evidence_id")
        ),
        sa.PrimaryKeyConstraint("suppression_id", "evidence_id", name=op.f("pk_ground")),
    )
