"""The ledger: tables, migrations, transactions, every SQL statement, and pure judging."""
