"""A run before it is one: its settings, what they assemble, and the accuracies that stand beside it."""
