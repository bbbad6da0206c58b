"""From scores to a sampling law, and from a law to real batches. No imports: the server needs the law alone."""
