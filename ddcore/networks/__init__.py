"""Networks of this field as pure functions of their parameters, and how many images go through one at once."""
