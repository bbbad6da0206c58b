"""Readers, one kind of source a file: each `read(...)` returns the `Contents` of a source, decoded and checked."""
