"""The watch's part of the ledger: alerts and their notices, what was last heard of sources, how backlogs moved."""
