"""What was owed against what was heard: policies, sweeps, reports, digests."""
