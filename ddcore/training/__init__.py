"""How networks are trained: augmentation, optimisers, experts on real data, students on synthetic data."""
