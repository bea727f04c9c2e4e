"""What is different between two tarballs, for a person to read: what runs first, nothing hidden, never more than fits. Pure."""
