"""Image datasets.

dataset.py     what a dataset is, and its prepared form on disk (NumPy only)
storing.py     writing that form
catalogue.py   what exists and where; uploads (NumPy only: the server imports it)
specs.py       what a dataset's name or path stands for, and whether it is prepared already
builtin.py     the published datasets: sizes, class names, files
variants.py    what a variant's text says (standard library only)
planting.py    how a variant's training set is made (worker side)
loading.py     name or path -> Dataset (worker side)
slices.py      named sets of training images that a person keeps (NumPy only)
downloads.py   fetching a published dataset
sources/       one reader per kind of source
"""
