"""What the storage tests share."""
