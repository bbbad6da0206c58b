"""A run is a folder, a worker is a process.

    folder     the folder: reading it, making it, finding it
    states     is the process behind a status still there?
    launch     starting, stopping and resuming workers (what pages call)
    queue      the line in front of a device
    job        what a job function gets: events, progress, pause and stop
    worker     the process itself, `python -m ddcore.runs.worker FOLDER`
    archive    a run as one zip, and back

Nothing here imports torch; only the job functions that the worker looks up by name do.
"""
