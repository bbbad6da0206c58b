"""ddcore: dataset distillation with provable importance, headless.

Importing this package does nothing and pulls in nothing; import the module you need:

    ddcore.data          image datasets: what they are and where they come from
    ddcore.importance    one importance score a file
    ddcore.sampling.law      scores -> probabilities, correction weights, real batches
    ddcore.initialisers  how a synthetic set starts
    ddcore.distillers    one published method a file
    ddcore.loop          the only distillation loop, an iterator of events
    ddcore.training.students    students trained from scratch on a frozen synthetic set
    ddcore.runs          a run is a folder, a worker is a process
"""

__version__ = "0.1.0"
