"""What the ledger tests share."""
