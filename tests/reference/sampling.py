"""The sampling law as its equations read, one image at a time."""


def probabilities(scores, labels, uniform, temperature, direction):
    """p_i = (1 - u) s_i^t / sum s^t + u / n within each label's group; easy: the scores of the reversed ranks."""
    law = [0.0] * len(scores)
    for label in set(labels):
        members = [i for i, own in enumerate(labels) if own == label]
        values = [float(scores[i]) for i in members]
        if direction == "easy":
            values = _of_reversed_ranks(values)
        powers = [value**temperature for value in values]
        if sum(values) == 0:
            powers = [1.0] * len(values)
        for i, power in zip(members, powers, strict=True):
            law[i] = (1 - uniform) * power / sum(powers) + uniform / len(members)
    return law


def _of_reversed_ranks(values):
    """The j-th smallest gets the j-th largest; equal ones share the mean of what falls to them."""
    rising, falling = sorted(values), sorted(values, reverse=True)
    given = [[falling[rank] for rank, other in enumerate(rising) if other == value] for value in values]
    return [sum(share) / len(share) for share in given]
