"""A run before it starts: its settings, what they assemble, and the accuracies that go with it."""
