"""What this installation signs, so that others can tell later that it said so."""
