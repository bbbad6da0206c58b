"""What people bring: a corpus of named cases, each a source as somebody had it and what reading it must come to.

`python -m tests.field` prints, for each kind, how many cases were tried and how many held, and names the rest;
`pytest tests/field` runs the same cases one by one, and a fuzz test of the same doors (`test_fuzz.py`).

A case is made by code in an empty folder: `writing` has the makers (trees, archives, arrays, tables). The modules of
cases are named after what goes wrong there; `corpus` lists them. To add one, append a `Case` to the list of its kind
and name it after what the person had, not after what the code does with it.

What an expectation may say is short: classes, numbers of images, fragments of sentences (numbers and names rather
than wording; `a|b` for either; `split: 20` for a decision about the split), and a check of the pixels. What holds for
every case is written once, in `case`: a refusal is one printable line and leaves nothing behind, and the files of a
report add up.
"""
